// Step 2: how far it may turn before the bracket or the cable stops it.
import { useTranslation } from "react-i18next";
import type { Servo } from "@/features/live/servo";
import { useAngleWords } from "@/features/live/useAngleWords";
import classes from "./CalibrationPage.module.css";
import type { Findings } from "./calibration";

export interface StepProps {
  findings: Findings;
  servo: Servo;
  change: (found: Partial<Findings>) => void;
}

export function LimitsStep({ findings, servo, change }: StepProps) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const { min_deg, max_deg } = findings;
  const sides = [
    { side: "left", found: min_deg, now: servo.min_angle_deg, set: (deg: number | null) => change({ min_deg: deg }) },
    { side: "right", found: max_deg, now: servo.max_angle_deg, set: (deg: number | null) => change({ max_deg: deg }) },
  ] as const;
  return (
    <>
      <p className={classes.text}>{t("calibration.limits.text")}</p>
      <div className={classes.sides}>
        {sides.map(({ side, found, now, set }) => (
          <fieldset key={side} className={classes.look}>
            <legend>{t(`calibration.limits.${side}`)}</legend>
            <p className={classes.value} data-testid={`limit-${side}`}>
              {words(found ?? now)}
              {found === null && <small>{t("calibration.limits.as_now")}</small>}
            </p>
            <button
              type="button"
              className={classes.button}
              data-testid={`take-${side}`}
              onClick={() => set(found === null ? servo.target_deg : null)}
            >
              {t(found === null ? "calibration.limits.take" : "calibration.limits.undo")}
            </button>
          </fieldset>
        ))}
      </div>
    </>
  );
}
