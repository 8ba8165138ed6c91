// Turns the servo while one looks: by a degree, by five, or anywhere. The same command as on the Live page.
import { useTranslation } from "react-i18next";
import { CommandStatus } from "@/features/live/CommandStatus";
import { ServoSlider } from "@/features/live/ServoSlider";
import type { Servo } from "@/features/live/servo";
import { useAngleWords } from "@/features/live/useAngleWords";
import { useServoTurns } from "@/features/live/useServoTurns";
import { Panel } from "@/ui/Panel";
import classes from "./CalibrationPage.module.css";

const STEPS_DEG = [-5, -1, 1, 5] as const;

export function TurnRow({ device_id, servo, disabled }: { device_id: string; servo: Servo; disabled: boolean }) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const { phase, asked_deg, turn } = useServoTurns(device_id, servo);
  const turnBy = (by_deg: number) => {
    const from_deg = asked_deg ?? servo.target_deg;
    turn({ angle_deg: Math.min(servo.max_angle_deg, Math.max(servo.min_angle_deg, from_deg + by_deg)) });
  };
  return (
    <Panel title={t("calibration.turn.title")}>
      <div className={classes.turn}>
        <p className={classes.angle} data-testid="servo-angle" data-angle={servo.angle_deg}>
          {words(servo.angle_deg)}
        </p>
        <div className={classes.buttons}>
          {STEPS_DEG.map((by_deg) => (
            <button
              key={by_deg}
              type="button"
              className={classes.button}
              disabled={disabled}
              aria-label={t(by_deg < 0 ? "calibration.turn.left" : "calibration.turn.right", {
                degrees: Math.abs(by_deg),
              })}
              data-testid={`turn-${by_deg}`}
              onClick={() => turnBy(by_deg)}
            >
              {by_deg < 0 ? `← ${-by_deg}°` : `${by_deg}° →`}
            </button>
          ))}
        </div>
        <ServoSlider
          servo={servo}
          disabled={disabled}
          asked_deg={asked_deg}
          onCommit={(angle_deg) => turn({ angle_deg })}
        />
        <CommandStatus phase={phase} idle={t("calibration.turn.idle")} testid="command-status" />
      </div>
    </Panel>
  );
}
