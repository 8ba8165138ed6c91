// Where the camera points, in words, as the Pi says it, and whether it turns.
import IconRotateClockwise from "@tabler/icons-react/dist/esm/icons/IconRotateClockwise.mjs";
import { useTranslation } from "react-i18next";
import classes from "./PictureFrame.module.css";
import { angleInWords, type Servo } from "./servo";
import { useAngleWords } from "./useAngleWords";

export function AngleCaption({ servo, stale }: { servo: Servo; stale: boolean }) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const { side } = angleInWords(servo.angle_deg);
  return (
    <>
      <span className={classes.angle} data-testid="servo-angle" data-angle={servo.angle_deg} data-side={side}>
        {words(servo.angle_deg)}
      </span>
      <span className={classes.motion} data-testid="servo-moving" data-moving={servo.moving && !stale}>
        {servo.moving && !stale ? (
          <>
            <IconRotateClockwise size={16} stroke={2} aria-hidden="true" />
            {t("live.turning", { angle: words(servo.target_deg) })}
          </>
        ) : (
          t(stale ? "live.last_known" : "live.still")
        )}
      </span>
      {servo.fault && <span className={classes.fault}>{t("live.fault", { fault: servo.fault })}</span>}
    </>
  );
}
