// Step 1: at two places far apart, where does it really point?
import { useTranslation } from "react-i18next";
import { Tick } from "@/ui/Field";
import classes from "./CalibrationPage.module.css";
import { calibrated, type Findings, PULSE_MAX_US, PULSE_MIN_US, type Reading } from "./calibration";
import type { StepProps } from "./LimitsStep";
import { NumberInput } from "./NumberInput";

export function PulsesStep({ findings, servo, change }: StepProps) {
  const { t } = useTranslation();
  const { now } = findings;
  const pulses = calibrated(findings);
  const setNow = (given: Partial<Findings["now"]>) => change({ now: { ...now, ...given } });
  return (
    <>
      <p className={classes.text}>{t("calibration.pulses.text")}</p>
      <div className={classes.sides}>
        <Look side="left" reading={findings.left} told_deg={servo.target_deg} set={(left) => change({ left })} />
        <Look side="right" reading={findings.right} told_deg={servo.target_deg} set={(right) => change({ right })} />
      </div>
      <p className={classes.found} role="status" data-testid="pulses-found">
        {pulses
          ? t(pulses.inverted === now.inverted ? "calibration.pulses.found" : "calibration.pulses.found_swapped", {
              left: pulses.left_pulse_us,
              right: pulses.right_pulse_us,
            })
          : t("calibration.pulses.not_yet")}
      </p>
      <details className={classes.more}>
        <summary>{t("calibration.pulses.now")}</summary>
        <p className={classes.text}>{t("calibration.pulses.now_text")}</p>
        <div className={classes.sides}>
          <NumberInput
            label="left_pulse_us"
            value={now.left_pulse_us}
            min={PULSE_MIN_US}
            max={now.right_pulse_us - 1}
            onChange={(left_pulse_us) => setNow({ left_pulse_us })}
          />
          <NumberInput
            label="right_pulse_us"
            value={now.right_pulse_us}
            min={now.left_pulse_us + 1}
            max={PULSE_MAX_US}
            onChange={(right_pulse_us) => setNow({ right_pulse_us })}
          />
        </div>
        <Tick label="inverted = true" checked={now.inverted} onChange={() => setNow({ inverted: !now.inverted })} />
      </details>
    </>
  );
}

interface LookProps {
  side: "left" | "right";
  reading: Reading | null;
  told_deg: number;
  set: (reading: Reading | null) => void;
}

function Look({ side, reading, told_deg, set }: LookProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.look}>
      <legend>{t(`calibration.pulses.${side}`)}</legend>
      <button
        type="button"
        className={classes.button}
        data-testid={`look-${side}`}
        onClick={() => set({ told_deg, seen_deg: reading?.seen_deg ?? (side === "left" ? -90 : 90) })}
      >
        {t("calibration.pulses.take")}
      </button>
      {reading && (
        <NumberInput
          label={t("calibration.pulses.seen")}
          hint={t("calibration.pulses.told", { angle: reading.told_deg })}
          value={reading.seen_deg}
          min={-135}
          max={135}
          onChange={(seen_deg) => set({ ...reading, seen_deg })}
        />
      )}
    </fieldset>
  );
}
