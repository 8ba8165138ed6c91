// Giving somebody a PIN, changing it, taking it away.
import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/http";
import { useChangePeople } from "@/api/people";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Field, Tick } from "@/ui/Field";
import { useReason } from "@/ui/LoadError";
import classes from "./People.module.css";
import { type FieldName, flawsOf, NOTHING_TYPED, type PersonTask, requestOf, type Typed } from "./personForm";

interface PersonDialogProps {
  task: PersonTask;
  /** Somebody has a PIN: only who knows one may change anything. */
  needsPin: boolean;
  onClose: () => void;
}

export function PersonDialog({ task, needsPin, onClose }: PersonDialogProps) {
  const { t } = useTranslation();
  const changePeople = useChangePeople();
  const refusal = useRefusal();
  const [typed, setTyped] = useState<Typed>(NOTHING_TYPED);
  const [state, setState] = useState<"typing" | "tried" | "sending">("typing");
  const [refused, setRefused] = useState<string | null>(null);
  const flaws = flawsOf(task, typed, needsPin);
  const name = task.what === "add" ? "" : task.name;

  const send = async () => {
    setRefused(null);
    setState("tried");
    if (Object.keys(flaws).length > 0) return;
    setState("sending");
    try {
      await changePeople(requestOf(task, typed, needsPin));
      onClose();
    } catch (error) {
      setRefused(refusal(error));
      setState("typing");
      setTyped((now) => ({ ...now, current: "" }));
    }
  };
  /** What is wrong is said once one has tried to send it. */
  const field = (of: FieldName) => ({
    value: typed[of],
    error: state === "tried" && flaws[of] ? t(`people.flaw.${flaws[of]}`) : null,
    onChange: ({ target }: { target: { value: string } }) => setTyped({ ...typed, [of]: target.value }),
  });
  const pin = { type: "password", inputMode: "numeric", autoComplete: "off", maxLength: 12 } as const;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`people.dialog.${task.what}`, { name })}
      centered
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 120 }}
    >
      <form
        className={classes.form}
        noValidate
        data-testid="person-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {task.what === "add" && (
          <Field
            {...field("name")}
            label={t("people.name")}
            hint={t("people.name_hint")}
            name="name"
            autoComplete="off"
            autoCapitalize="none"
            data-autofocus
          />
        )}
        {task.what === "remove" && <p className={classes.text}>{t("people.remove_means", { name })}</p>}
        {task.what !== "remove" && (
          <>
            <Field
              {...field("pin")}
              {...pin}
              label={t(task.what === "add" ? "people.pin" : "people.new_pin")}
              hint={t(task.what === "add" ? "people.pin_hint" : "people.pin_stays")}
              name="pin"
            />
            <Field {...field("again")} {...pin} label={t("people.again")} name="again" />
            <Field
              {...field("duress")}
              {...pin}
              label={t("people.duress")}
              hint={t("people.duress_hint")}
              name="duress"
              disabled={typed.forgetDuress}
            />
          </>
        )}
        {task.what === "change" && (
          <Tick
            label={t("people.forget_duress")}
            checked={typed.forgetDuress}
            onChange={({ target }) => setTyped({ ...typed, forgetDuress: target.checked, duress: "" })}
          />
        )}
        {needsPin && (
          <Field
            {...field("current")}
            {...pin}
            label={t("people.current")}
            hint={t("people.current_hint")}
            name="current"
          />
        )}
        <p className={classes.refused} role="alert" data-testid="person-refused">
          {refused}
        </p>
        <Button type="submit" h={48} loading={state === "sending"} data-testid="person-send">
          {t(task.what === "remove" ? "people.remove" : "people.save")}
        </Button>
      </form>
    </Modal>
  );
}

const CODES = [
  "pin_required",
  "pin_wrong",
  "pin_taken",
  "name_taken",
  "too_many_people",
  "people_changed",
  "people_changed_often",
] as const;

/** Why it was refused, in the reader's language where the reason is known. */
function useRefusal(): (error: unknown) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const reason = useReason();
  return (error) => {
    if (!(error instanceof ProblemError)) return reason(error);
    const { code } = error.problem;
    if (code === "pin_locked") {
      const { retryAfter_s } = error;
      if (retryAfter_s === null) return t("pin.locked");
      return `${t("pin.locked_for")} ${duration(retryAfter_s, language)}`;
    }
    const known = CODES.find((one) => one === code);
    return known ? t(`people.refused.${known}`) : reason(error);
  };
}
