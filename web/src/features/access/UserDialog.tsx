// Giving somebody an account, another role, another password; taking the account away.
import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type UserRequest, useAccessChanges } from "@/api/accounts";
import { useSession } from "@/api/session";
import type { Role, UserInfo } from "@/api/types";
import { Field } from "@/ui/Field";
import { PasswordField } from "@/ui/PasswordField";
import classes from "./Access.module.css";
import { Options } from "./Options";
import { nameFlaw, passwordFlaw } from "./passwordFlaw";
import { Refusal } from "./Refusal";
import { useAttempt } from "./useAttempt";

export type UserTask = { what: "add" } | { what: "role" | "password" | "remove"; user: UserInfo };

const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

interface Typed {
  name: string;
  role: Role;
  password: string;
}

export function UserDialog({ task, onClose }: { task: UserTask; onClose: () => void }) {
  const { t } = useTranslation();
  const { minPasswordLength, name: own } = useSession();
  const { changeUsers } = useAccessChanges();
  const change = useAttempt();
  const user = task.what === "add" ? null : task.user;
  const name = user?.name ?? "";
  const [typed, setTyped] = useState<Typed>({ name, role: user?.role ?? "operator", password: "" });
  const [isTried, setTried] = useState(false);
  const asksPassword = task.what === "add" || task.what === "password";
  const flaws = {
    name: task.what === "add" ? nameFlaw(typed.name) : null,
    password: asksPassword ? passwordFlaw(typed.password, minPasswordLength) : null,
  };
  const error = (of: keyof typeof flaws) =>
    isTried && flaws[of] ? t(`access.flaw.${flaws[of]}`, { count: minPasswordLength }) : null;
  const send = async () => {
    setTried(true);
    if (flaws.name || flaws.password) return;
    if (await change.attempt(() => changeUsers(requestOf(task, typed)))) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`access.users.dialog.${task.what}`, { name })}
      centered
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 120 }}
    >
      <form
        className={classes.form}
        noValidate
        data-testid="user-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {task.what === "add" && (
          <Field
            label={t("access.name")}
            hint={t("access.name_hint")}
            error={error("name")}
            name="new-username"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={32}
            data-autofocus
            value={typed.name}
            onChange={({ target }) => setTyped({ ...typed, name: target.value })}
          />
        )}
        {(task.what === "add" || task.what === "role") && (
          <Options
            legend={t("access.users.role_label")}
            value={typed.role}
            options={ROLES.map((role) => ({
              value: role,
              label: t(`session.role.${role}`),
              means: t(`access.role_means.${role}`),
            }))}
            onChange={(role) => setTyped({ ...typed, role })}
          />
        )}
        {task.what === "password" && <p className={classes.text}>{t("access.users.password_means", { name })}</p>}
        {asksPassword && (
          <PasswordField
            label={t("access.password.label")}
            hint={t("access.users.password_hint", { count: minPasswordLength })}
            error={error("password")}
            name="new-password"
            autoComplete="new-password"
            shown
            value={typed.password}
            onChange={(password) => setTyped({ ...typed, password })}
          />
        )}
        {task.what === "remove" && (
          <p className={classes.text}>
            {t("access.users.remove_means", { name })} {name === own && t("access.users.remove_you")}
          </p>
        )}
        <Refusal of={change} testid="user-refused" />
        <Button type="submit" h={48} loading={change.busy} disabled={change.waits} data-testid="user-send">
          {t(`access.users.send.${task.what}`)}
        </Button>
      </form>
    </Modal>
  );
}

function requestOf(task: UserTask, { name, role, password }: Typed): UserRequest {
  switch (task.what) {
    case "add":
      return { what: "add", name, role, password };
    case "role":
      return { what: "role", name: task.user.name, role };
    case "password":
      return { what: "password", name: task.user.name, password };
    case "remove":
      return { what: "remove", name: task.user.name };
  }
}
