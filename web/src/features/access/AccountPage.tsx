// One's own account: what it may, its password, and where it is signed in.
import "@/i18n/access";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeOwnPassword, useSession } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import { PageHeader, Panel } from "@/ui/Panel";
import { PasswordField } from "@/ui/PasswordField";
import { TryOutNotice } from "@/ui/TryOutNotice";
import classes from "./Access.module.css";
import { BackToSystem } from "./BackToSystem";
import { againFlaw, passwordFlaw } from "./passwordFlaw";
import { Refusal } from "./Refusal";
import { SessionsPanel } from "./SessionsPanel";
import { useAttempt } from "./useAttempt";

export default function AccountPage() {
  const { t } = useTranslation();
  const { state, name, role } = useSession();
  return (
    <>
      <BackToSystem />
      <PageHeader title={t("access.account.title")} />
      {state === "signed_in" && name !== null && role !== null ? (
        <div className={classes.account}>
          <Panel className={classes.wide}>
            <p className={classes.own}>
              <strong>{name}</strong> <span className={classes.badge}>{t(`session.role.${role}`)}</span>
            </p>
            <p className={classes.text}>{t(`access.role_means.${role}`)}</p>
          </Panel>
          <OwnPassword name={name} />
          <SessionsPanel of={name} />
        </div>
      ) : (
        <TryOutNotice />
      )}
    </>
  );
}

const NOTHING = { current: "", password: "", again: "" };

function OwnPassword({ name }: { name: string }) {
  const { t } = useTranslation();
  const { minPasswordLength } = useSession();
  const reachable = useReachable();
  const change = useAttempt();
  const [typed, setTyped] = useState(NOTHING);
  const [isTried, setTried] = useState(false);
  const [isDone, setDone] = useState(false);
  const flaws = {
    current: typed.current === "" ? ("needed" as const) : null,
    password: passwordFlaw(typed.password, minPasswordLength),
    again: againFlaw(typed.password, typed.again),
  };
  const error = (of: keyof typeof flaws) =>
    isTried && flaws[of] ? t(`access.flaw.${flaws[of]}`, { count: minPasswordLength }) : null;
  const type = (given: Partial<typeof NOTHING>) => {
    setDone(false);
    setTyped({ ...typed, ...given });
  };
  const send = async () => {
    setTried(true);
    if (flaws.current || flaws.password || flaws.again) return;
    if (!(await change.attempt(() => changeOwnPassword(typed.current, typed.password)))) return;
    setTyped(NOTHING);
    setTried(false);
    setDone(true);
  };
  return (
    <Panel title={t("access.account.password")}>
      <form
        className={classes.form}
        noValidate
        data-testid="own-password"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {/* A password manager has to know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordField
          label={t("access.password.current")}
          error={error("current")}
          name="current"
          autoComplete="current-password"
          value={typed.current}
          onChange={(current) => type({ current })}
        />
        <PasswordField
          label={t("access.password.new")}
          hint={t("access.password.hint", { count: minPasswordLength })}
          error={error("password")}
          name="password"
          autoComplete="new-password"
          value={typed.password}
          onChange={(password) => type({ password })}
        />
        <PasswordField
          label={t("access.password.again")}
          error={error("again")}
          name="again"
          autoComplete="new-password"
          value={typed.again}
          onChange={(again) => type({ again })}
        />
        <Refusal of={change} testid="own-password-refused" />
        <p className={classes.text} role="status" data-testid="own-password-done">
          {t(isDone ? "access.account.changed" : "access.account.password_means")}
        </p>
        <Button
          type="submit"
          h={44}
          loading={change.busy}
          disabled={!reachable || change.waits}
          data-testid="own-password-send"
        >
          {t("access.account.change")}
        </Button>
      </form>
    </Panel>
  );
}
