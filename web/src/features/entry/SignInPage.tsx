// Name and password. Wrong tries cost a wait, which the server says and this page counts down.
import "@/i18n/access";
import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { signIn, useSession } from "@/api/session";
import { Refusal } from "@/features/access/Refusal";
import { useAttempt } from "@/features/access/useAttempt";
import { Field } from "@/ui/Field";
import { PasswordField } from "@/ui/PasswordField";
import classes from "./Entry.module.css";
import { EntryCard } from "./EntryCard";

export default function SignInPage() {
  const { t } = useTranslation();
  const { shownOut } = useSession();
  return (
    <EntryCard title={t("access.sign_in.title")} testid="sign-in-page">
      {shownOut !== null && (
        <p className={classes.said} role="status" data-testid="shown-out">
          {t("access.sign_in.shown_out")}
        </p>
      )}
      <SignInForm knownName={shownOut ?? ""} />
      <details className={classes.help}>
        <summary>{t("access.sign_in.forgotten")}</summary>
        <p>{t("access.sign_in.forgotten_admin")}</p>
        <p>
          {t("access.sign_in.forgotten_cli")} <code>vigie user password NAME</code>
        </p>
      </details>
    </EntryCard>
  );
}

function SignInForm({ knownName }: { knownName: string }) {
  const { t } = useTranslation();
  const tries = useAttempt();
  const [name, setName] = useState(knownName);
  const [password, setPassword] = useState("");
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  const send = () => {
    const missing = name.trim() === "" ? nameField : password === "" ? passwordField : null;
    if (missing !== null) {
      tries.refuse(t("access.sign_in.both"));
      missing.current?.focus();
      return;
    }
    // The password stays: who can have it shown finds the slip sooner than who types it all again.
    void tries.attempt(
      () => signIn(name.trim(), password),
      () => passwordField.current?.select(),
    );
  };
  return (
    <form
      className={classes.form}
      noValidate
      data-testid="sign-in-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field
        ref={nameField}
        label={t("access.name")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={64}
        autoFocus={knownName === ""}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <PasswordField
        ref={passwordField}
        label={t("access.password.label")}
        name="password"
        autoComplete="current-password"
        autoFocus={knownName !== ""}
        value={password}
        onChange={setPassword}
      />
      <Refusal of={tries} testid="sign-in-refused" />
      <Button type="submit" h={48} loading={tries.busy} disabled={tries.waits} data-testid="sign-in">
        {t("access.sign_in.send")}
      </Button>
    </form>
  );
}
