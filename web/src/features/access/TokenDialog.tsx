// Making a token, which is shown once; and taking one back.
import { Button, Modal } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAccessChanges } from "@/api/accounts";
import type { Scope } from "@/api/types";
import { Field } from "@/ui/Field";
import { Snippet } from "@/ui/Snippet";
import classes from "./Access.module.css";
import { Options } from "./Options";
import { nameFlaw } from "./passwordFlaw";
import { Refusal } from "./Refusal";
import { useAttempt } from "./useAttempt";

const SCOPES: readonly Scope[] = ["ingest", "viewer", "operator", "admin"];

export function TokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { addToken } = useAccessChanges();
  const change = useAttempt();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("ingest");
  const [isTried, setTried] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  const flaw = nameFlaw(name);
  if (token !== null) return <Made name={name} token={token} onClose={onClose} />;
  return (
    <Dialog title={t("access.tokens.dialog")} onClose={onClose}>
      <form
        className={classes.form}
        noValidate
        data-testid="token-form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (flaw === null) void change.attempt(async () => setToken(await addToken(name, scope)));
        }}
      >
        <Field
          label={t("access.name")}
          hint={t("access.tokens.name_hint")}
          error={isTried && flaw ? t(`access.flaw.${flaw}`, { count: 0 }) : null}
          name="token-name"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={32}
          data-autofocus
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Options
          legend={t("access.tokens.scope")}
          value={scope}
          options={SCOPES.map((one) => ({
            value: one,
            label: t(`session.role.${one}`),
            means: t(`access.tokens.scope_means.${one}`),
          }))}
          onChange={setScope}
        />
        <Refusal of={change} testid="token-refused" />
        <Button type="submit" h={48} loading={change.busy} disabled={change.waits} data-testid="token-send">
          {t("access.tokens.send")}
        </Button>
      </form>
    </Dialog>
  );
}

/** Closed only by its button: a click beside it must not lose what is shown once. */
function Made({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("access.tokens.made", { name })} onClose={onClose} firm>
      <div className={`${classes.form} ${classes.secret}`} data-testid="token-made">
        <p className={classes.once} role="status">
          {t("access.tokens.once")}
        </p>
        <Snippet title={name} text={token} />
        <Button h={48} data-testid="token-done" onClick={onClose}>
          {t("access.tokens.done")}
        </Button>
      </div>
    </Dialog>
  );
}

export function RevokeDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { revokeToken } = useAccessChanges();
  const change = useAttempt();
  const revoke = async () => {
    if (await change.attempt(() => revokeToken(name))) onClose();
  };
  return (
    <Dialog title={t("access.tokens.revoke_title", { name })} onClose={onClose}>
      <div className={classes.form}>
        <p className={classes.text}>{t("access.tokens.revoke_means")}</p>
        <Refusal of={change} testid="revoke-refused" />
        <Button h={48} loading={change.busy} data-testid="token-revoke-sure" onClick={() => void revoke()}>
          {t("access.tokens.revoke")}
        </Button>
      </div>
    </Dialog>
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  firm?: boolean;
  children: ReactNode;
}

function Dialog({ title, onClose, firm = false, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      centered
      closeOnClickOutside={!firm}
      closeOnEscape={!firm}
      withCloseButton={!firm}
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Modal>
  );
}
