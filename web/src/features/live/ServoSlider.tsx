// The angle as a slider: the thumb is what is asked for, the mark above the track is where the servo really is.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./ServoSlider.module.css";
import { isAt, type Servo } from "./servo";
import { useAngleWords } from "./useAngleWords";

const KEYS_SETTLE_MS = 300;

interface ServoSliderProps {
  servo: Servo;
  disabled: boolean;
  /** What was asked and not yet answered by the Pi's state; null when nothing is. */
  asked_deg: number | null;
  onCommit: (angle_deg: number) => void;
}

export function ServoSlider({ servo, disabled, asked_deg, onCommit }: ServoSliderProps) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const { min_angle_deg: min, max_angle_deg: max } = servo;
  const [draft_deg, setDraft] = useState<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useCommit(input, (angle_deg) => {
    setDraft(null);
    if (!isAt(angle_deg, servo.target_deg)) onCommit(angle_deg);
  });
  const legend = () => {
    if (draft_deg !== null) return words(draft_deg);
    return asked_deg === null ? t("live.mark") : t("live.asked_for", { angle: words(asked_deg) });
  };
  const shown_deg = draft_deg ?? asked_deg ?? servo.target_deg;
  const share = (angle_deg: number) => `${((Math.min(max, Math.max(min, angle_deg)) - min) / (max - min)) * 100}%`;
  return (
    <div className={classes.slider} data-disabled={disabled || undefined}>
      <div className={classes.track}>
        <span
          className={classes.real}
          style={{ left: share(servo.angle_deg) }}
          data-testid="servo-real"
          aria-hidden="true"
        />
        <span className={classes.zero} style={{ left: share(0) }} aria-hidden="true" />
        <input
          ref={input}
          type="range"
          className={classes.input}
          data-testid="servo-slider"
          data-asked={asked_deg ?? undefined}
          min={min}
          max={max}
          step={1}
          value={shown_deg}
          disabled={disabled}
          aria-label={t("live.slider")}
          aria-valuetext={words(shown_deg)}
          onChange={(event) => setDraft(event.target.valueAsNumber)}
        />
      </div>
      <div className={classes.limits}>
        <span>{words(min)}</span>
        <span className={classes.wish} data-waiting={draft_deg !== null || asked_deg !== null || undefined}>
          {legend()}
        </span>
        <span>{words(max)}</span>
      </div>
    </div>
  );
}

/** The browser's own `change` comes on release (React's is every step). Keys come in bursts: only the last one counts. */
function useCommit(input: React.RefObject<HTMLInputElement | null>, commit: (angle_deg: number) => void): void {
  const latest = useRef(commit);
  useEffect(() => {
    latest.current = commit;
  });
  useEffect(() => {
    const element = input.current;
    if (element === null) return;
    let byKey = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKeyDown = () => {
      byKey = true;
    };
    const onPointerDown = () => {
      byKey = false;
    };
    const onChange = () => {
      clearTimeout(timer);
      const done = () => latest.current(element.valueAsNumber);
      if (byKey) timer = setTimeout(done, KEYS_SETTLE_MS);
      else done();
    };
    element.addEventListener("keydown", onKeyDown);
    element.addEventListener("pointerdown", onPointerDown);
    element.addEventListener("change", onChange);
    return () => {
      clearTimeout(timer);
      element.removeEventListener("keydown", onKeyDown);
      element.removeEventListener("pointerdown", onPointerDown);
      element.removeEventListener("change", onChange);
    };
  }, [input]);
}
