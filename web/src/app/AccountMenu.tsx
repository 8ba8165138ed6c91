// Who is signed in, and what one does about it; on a server without accounts, that it is one.
import { Popover } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import IconDevices from "@tabler/icons-react/dist/esm/icons/IconDevices.mjs";
import IconKey from "@tabler/icons-react/dist/esm/icons/IconKey.mjs";
import IconLogout from "@tabler/icons-react/dist/esm/icons/IconLogout.mjs";
import IconUserCircle from "@tabler/icons-react/dist/esm/icons/IconUserCircle.mjs";
import IconUserQuestion from "@tabler/icons-react/dist/esm/icons/IconUserQuestion.mjs";
import IconUsers from "@tabler/icons-react/dist/esm/icons/IconUsers.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { signOut, useMay, useSession } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import type { IconType } from "@/ui/icons";
import { TryOutNotice } from "@/ui/TryOutNotice";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./AccountMenu.module.css";
import topBar from "./TopBar.module.css";

export function AccountMenu() {
  const { t } = useTranslation();
  const { state, name } = useSession();
  const [opened, { toggle, close }] = useDisclosure();
  if (state !== "signed_in" && state !== "open") return null;
  const Icon = state === "open" ? IconUserQuestion : IconUserCircle;
  const label = name === null ? t("session.menu") : `${t("session.menu")}: ${name}`;
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-end" shadow="md" trapFocus withRoles={false}>
      <Popover.Target>
        <button
          type="button"
          className={topBar.tool}
          aria-label={label}
          title={label}
          aria-expanded={opened}
          data-testid="account-menu"
          data-state={state}
          onClick={toggle}
        >
          <Icon size={22} stroke={1.75} aria-hidden="true" />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={8} role="dialog" aria-label={t("session.menu")} w="min(300px, calc(100vw - 24px))">
        {state === "open" ? <TryOutNotice bare /> : <Entries close={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Entries({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { name, role } = useSession();
  const mayAdminister = useMay("administer");
  const reachable = useReachable();
  const showFailure = useShowFailure();
  return (
    <>
      <p className={classes.who}>
        <span className={classes.as}>{t("session.signed_in_as")}</span>
        <strong data-testid="account-name">{name}</strong>
        {role && <span className={classes.role}>{t(`session.role.${role}`)}</span>}
      </p>
      <Entry to="/system/account" Icon={IconKey} words={t("session.password")} close={close} />
      <Entry to="/system/account#sessions" Icon={IconDevices} words={t("session.places")} close={close} />
      {mayAdminister && <Entry to="/system/access" Icon={IconUsers} words={t("session.accounts")} close={close} />}
      <button
        type="button"
        className={classes.entry}
        disabled={!reachable}
        data-testid="sign-out"
        onClick={() => {
          close();
          signOut().catch(showFailure("sign-out", t("session.sign_out_failed")));
        }}
      >
        <IconLogout size={20} stroke={1.75} aria-hidden="true" />
        {t("session.sign_out")}
      </button>
    </>
  );
}

function Entry({ to, Icon, words, close }: { to: string; Icon: IconType; words: string; close: () => void }) {
  return (
    <Link className={classes.entry} to={to} onClick={close}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      {words}
    </Link>
  );
}
