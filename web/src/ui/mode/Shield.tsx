// The large shield: the state of the alarm as a sign that is read from across the room; a delay is a ring that runs out.
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import type { Countdown, Truth } from "@/api/guard";
import { minutesSeconds } from "@/format/time";
import { ModeIcon } from "../icons";
import classes from "./Shield.module.css";
import { useLeft_s } from "./useLeft";

const OUTLINE = "M60 6 104 20v34c0 30-18 49-44 60C34 103 16 84 16 54V20z";
const RING_RADIUS = 62;
const RING_LENGTH = 2 * Math.PI * RING_RADIUS;

export function Shield({ truth, size = 132 }: { truth: Pick<Truth, "state" | "mode" | "countdown">; size?: number }) {
  const { state, countdown } = truth;
  const counts = (state === "arming" || state === "pending") && countdown !== null;
  return (
    <span
      className={classes.shield}
      data-testid="shield"
      data-state={state}
      data-counts={counts || undefined}
      style={{ width: size, height: size }}
    >
      <svg viewBox="0 0 120 120" width={size} height={size} aria-hidden="true">
        {counts && <Ring countdown={countdown} />}
        <g className={classes.body}>
          <path d={OUTLINE} className={classes.glow} />
          <path d={OUTLINE} className={classes.plate} />
          <path d="M60 17 94 28v27c0 23-13.500 38-34 47.500C39.500 93 26 78 26 55V28z" className={classes.inner} />
        </g>
      </svg>
      <span className={classes.icon}>
        {counts ? <Seconds countdown={countdown} size={size} /> : <Sign truth={truth} size={size * 0.36} />}
      </span>
    </span>
  );
}

/** What the state looks like, without the shield. */
export function Sign({ truth, size }: { truth: Pick<Truth, "state" | "mode">; size: number }) {
  if (truth.state === "triggered") return <IconBellRinging size={size} stroke={1.75} aria-hidden="true" />;
  if (truth.state === "unknown") return <ModeIcon mode="unknown" size={size} />;
  return <ModeIcon mode={truth.state === "disarmed" ? "active" : (truth.mode ?? "unknown")} size={size} />;
}

/** As much of the ring as is left of the delay; a full one where nobody says how long it is in all. */
function Ring({ countdown }: { countdown: Countdown }) {
  const left_s = useLeft_s(countdown);
  const part = countdown.total_s === null ? 1 : Math.min(1, left_s / countdown.total_s);
  return (
    <g className={classes.ring}>
      <circle cx="60" cy="60" r={RING_RADIUS} className={classes.track} />
      <circle
        cx="60"
        cy="60"
        r={RING_RADIUS}
        className={classes.left}
        strokeDasharray={RING_LENGTH}
        strokeDashoffset={RING_LENGTH * (1 - part)}
      />
    </g>
  );
}

function Seconds({ countdown, size }: { countdown: Countdown; size: number }) {
  const left_s = useLeft_s(countdown);
  const text = minutesSeconds(left_s);
  return (
    <span
      className={classes.seconds}
      style={{ fontSize: size * (text.length > 3 ? 0.19 : 0.26) }}
      data-testid="seconds"
    >
      {text}
    </span>
  );
}
