// The modes as three large buttons, and one line under them: sent, done, or why not.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import { useTranslation } from "react-i18next";
import { MODES, ModeIcon } from "../icons";
import { MayNot } from "../MayNot";
import classes from "./ModeOptions.module.css";
import { ModePin } from "./ModePin";
import { OpenZones } from "./OpenZones";
import type { ModeControl } from "./useModeControl";

export function ModeOptions({ control, large = false }: { control: ModeControl; large?: boolean }) {
  const { t } = useTranslation();
  const { shown, truth, enabled, phase, choose } = control;
  return (
    <div>
      <fieldset className={classes.options} aria-label={t("mode.change")} data-state={truth.state}>
        {MODES.map((mode) => (
          <button
            key={mode}
            type="button"
            className={classes.option}
            data-testid={`mode-option-${mode}`}
            data-mode={mode}
            data-sent={(phase.step === "sent" && phase.request.mode === mode) || undefined}
            aria-pressed={shown === mode}
            disabled={!enabled}
            onClick={() => shown !== mode && choose(mode)}
          >
            <ModeIcon mode={mode} size={20} />
            <span>{t(`mode.word.${mode}`)}</span>
          </button>
        ))}
      </fieldset>
      <MayNot right="operate" />
      <OpenZones control={control} />
      <ModeOutcome control={control} />
      <ModePin control={control} large={large} />
    </div>
  );
}

function ModeOutcome({ control }: { control: ModeControl }) {
  const { t } = useTranslation();
  const { phase } = control;
  return (
    <p className={classes.outcome} role="status" data-step={phase.step} data-testid="mode-outcome">
      {phase.step === "sent" && t("mode.sending", { mode: t(`mode.word.${phase.request.mode}`) })}
      {phase.step === "done" && (
        <>
          <IconCheck size={16} aria-hidden="true" />
          {t("mode.done")}
        </>
      )}
      {phase.step === "refused" && (
        <>
          <IconAlertTriangle size={16} aria-hidden="true" />
          <span>{phase.detail === null ? t("mode.no_answer") : t("mode.refused", { detail: phase.detail })}</span>
          <button
            type="button"
            className={classes.retry}
            disabled={!control.enabled}
            onClick={() => control.choose(phase.mode)}
          >
            {t("mode.retry")}
          </button>
        </>
      )}
    </p>
  );
}
