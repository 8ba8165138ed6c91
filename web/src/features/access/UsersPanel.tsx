// Who has an account.
import { Button } from "@mantine/core";
import IconUser from "@tabler/icons-react/dist/esm/icons/IconUser.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useUsers } from "@/api/accounts";
import { useSession } from "@/api/session";
import type { UserInfo } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./Access.module.css";
import { UserDialog, type UserTask } from "./UserDialog";

export function UsersPanel() {
  const { t } = useTranslation();
  const reachable = useReachable();
  const query = useUsers();
  const [task, setTask] = useState<UserTask | null>(null);
  return (
    <Panel title={t("access.users.title")} className={classes.wide}>
      <p className={classes.text}>{t("access.users.means")}</p>
      {query.isError && query.data === undefined && (
        <LoadError error={query.error} retry={() => void query.refetch()} />
      )}
      <ul className={classes.list} data-testid="users">
        {query.data?.map((user) => (
          <User key={user.name} user={user} begin={setTask} />
        ))}
      </ul>
      <Button h={44} disabled={!reachable} data-testid="user-add" onClick={() => setTask({ what: "add" })}>
        {t("access.users.add")}
      </Button>
      {task && <UserDialog task={task} onClose={() => setTask(null)} />}
    </Panel>
  );
}

function User({ user, begin }: { user: UserInfo; begin: (task: UserTask) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reachable = useReachable();
  const isSelf = useSession().name === user.name;
  const { name, role, created_at } = user;
  const common = { variant: "default", h: 44, disabled: !reachable } as const;
  return (
    <li className={classes.row} data-testid={`user-${name}`} data-role={role}>
      <IconUser size={22} stroke={1.75} aria-hidden="true" />
      <span className={classes.words}>
        <span className={classes.name}>
          {name}
          {isSelf && ` (${t("access.users.you")})`}
          <span className={classes.badge}>{t(`session.role.${role}`)}</span>
        </span>
        <span className={classes.meta}>{t("access.users.since", { time: shortMoment(created_at, language) })}</span>
      </span>
      <span className={classes.actions}>
        <Button
          {...common}
          aria-label={`${t("access.users.change_role")}: ${name}`}
          data-testid={`user-role-${name}`}
          onClick={() => begin({ what: "role", user })}
        >
          {t("access.users.change_role")}
        </Button>
        {isSelf ? (
          <Button {...common} component={Link} to="/system/account" disabled={false}>
            {t("access.users.change_password")}
          </Button>
        ) : (
          <Button
            {...common}
            aria-label={`${t("access.users.change_password")}: ${name}`}
            data-testid={`user-password-${name}`}
            onClick={() => begin({ what: "password", user })}
          >
            {t("access.users.change_password")}
          </Button>
        )}
        <Button
          {...common}
          aria-label={`${t("access.users.remove")}: ${name}`}
          data-testid={`user-remove-${name}`}
          onClick={() => begin({ what: "remove", user })}
        >
          {t("access.users.remove")}
        </Button>
      </span>
    </li>
  );
}
