// The first account, an admin's. On a server that the network reaches it takes the code of the set-up link.
import "@/i18n/access";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { session, setUp, useSession } from "@/api/session";
import { useSetUpCode } from "@/api/setUpCode";
import { againFlaw, nameFlaw, passwordFlaw } from "@/features/access/passwordFlaw";
import { Refusal } from "@/features/access/Refusal";
import { useAttempt } from "@/features/access/useAttempt";
import { Field } from "@/ui/Field";
import { PasswordField } from "@/ui/PasswordField";
import { Snippet } from "@/ui/Snippet";
import classes from "./Entry.module.css";
import { EntryCard } from "./EntryCard";

export default function SetUpPage() {
  const { t } = useTranslation();
  const isOpen = useSession().state === "open";
  const code = useSetUpCode();
  if (!isOpen && code === null) return <HowToBegin />;
  return (
    <EntryCard
      title={t("access.set_up.title")}
      text={t(isOpen ? "access.set_up.text_open" : "access.set_up.text")}
      testid="set-up-page"
    >
      <SetUpForm code={isOpen ? null : code} />
      {isOpen && (
        <Link className={classes.back} to="/">
          {t("access.set_up.later")}
        </Link>
      )}
    </EntryCard>
  );
}

function HowToBegin() {
  const { t } = useTranslation();
  return (
    <EntryCard title={t("access.set_up.title")} text={t("access.set_up.no_code")} testid="set-up-how">
      <ol className={classes.steps}>
        <li>
          {t("access.set_up.link")} <code>set-up-link</code>
        </li>
        <li>
          <Snippet title={t("access.set_up.cli")} text="vigie user add NAME --role admin" />
        </li>
      </ol>
    </EntryCard>
  );
}

function SetUpForm({ code }: { code: string | null }) {
  const { t } = useTranslation();
  const { minPasswordLength } = useSession();
  const tries = useAttempt();
  const [typed, setTyped] = useState({ name: "", password: "", again: "" });
  const [isTried, setTried] = useState(false);
  const flaws = {
    name: nameFlaw(typed.name),
    password: passwordFlaw(typed.password, minPasswordLength),
    again: againFlaw(typed.password, typed.again),
  };
  /** What is wrong is said once one has tried to send it. */
  const error = (of: keyof typeof flaws) =>
    isTried && flaws[of] ? t(`access.flaw.${flaws[of]}`, { count: minPasswordLength }) : null;

  const send = () => {
    setTried(true);
    if (flaws.name || flaws.password || flaws.again) return;
    void tries.attempt(
      () => setUp(typed.name, typed.password, code),
      ({ problem }) => problem.code === "already_set_up" && void session.ask(),
    );
  };
  return (
    <form
      className={classes.form}
      noValidate
      data-testid="set-up-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field
        label={t("access.name")}
        hint={t("access.name_hint")}
        error={error("name")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={32}
        autoFocus
        value={typed.name}
        onChange={({ target }) => setTyped({ ...typed, name: target.value })}
      />
      <PasswordField
        label={t("access.password.label")}
        hint={t("access.password.hint", { count: minPasswordLength })}
        error={error("password")}
        name="password"
        autoComplete="new-password"
        value={typed.password}
        onChange={(password) => setTyped({ ...typed, password })}
      />
      <PasswordField
        label={t("access.password.again")}
        error={error("again")}
        name="again"
        autoComplete="new-password"
        value={typed.again}
        onChange={(again) => setTyped({ ...typed, again })}
      />
      <Refusal of={tries} testid="set-up-refused" />
      <Button type="submit" h={48} loading={tries.busy} disabled={tries.waits} data-testid="set-up">
        {t("access.set_up.send")}
      </Button>
    </form>
  );
}
