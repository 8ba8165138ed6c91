// An entry delay, on every page that does not show the shield: how long there is to disarm, and the way to do it.
import IconHourglass from "@tabler/icons-react/dist/esm/icons/IconHourglass.mjs";
import { useTranslation } from "react-i18next";
import { EntryLeft } from "@/ui/mode/EntryLeft";
import { ModePin } from "@/ui/mode/ModePin";
import { useModeControl } from "@/ui/mode/useModeControl";
import { useTruthWords } from "@/ui/mode/useTruthWords";
import classes from "./AlertBanner.module.css";

export function EntryDelay() {
  const control = useModeControl();
  return <div role="status">{control.truth.state === "pending" && <Banner control={control} />}</div>;
}

function Banner({ control }: { control: ReturnType<typeof useModeControl> }) {
  const { t } = useTranslation();
  const { truth, phase } = control;
  const { means } = useTruthWords(truth);
  return (
    <div className={classes.banner} data-testid="entry-delay" data-tone="trouble">
      <IconHourglass size={26} stroke={1.75} aria-hidden="true" />
      <div className={classes.words}>
        <p className={classes.title}>
          {/* The seconds tick: a screen reader must not hear each of them. */}
          <span aria-live="off">
            {truth.countdown ? <EntryLeft countdown={truth.countdown} /> : t("mode.state.pending")}
          </span>
        </p>
        <p className={classes.meta}>
          {phase.step === "refused"
            ? phase.detail === null
              ? t("mode.no_answer")
              : t("mode.refused", { detail: phase.detail })
            : means}
        </p>
      </div>
      <div className={classes.actions}>
        <button
          type="button"
          className={classes.main}
          data-testid="entry-disarm"
          disabled={!control.enabled}
          onClick={() => control.choose("active")}
        >
          {t("mode.disarm")}
        </button>
      </div>
      <ModePin control={control} />
    </div>
  );
}
