// The large shield: the mode as a sign that is read from across the room.
import { ModeIcon, type ShownMode } from "../icons";
import classes from "./Shield.module.css";

const OUTLINE = "M60 6 104 20v34c0 30-18 49-44 60C34 103 16 84 16 54V20z";

export function Shield({ mode, size = 132 }: { mode: ShownMode; size?: number }) {
  return (
    <span className={classes.shield} data-mode={mode} style={{ width: size, height: size }}>
      <svg viewBox="0 0 120 120" width={size} height={size} aria-hidden="true">
        <path d={OUTLINE} className={classes.glow} />
        <path d={OUTLINE} className={classes.plate} />
        <path d="M60 17 94 28v27c0 23-13.500 38-34 47.500C39.500 93 26 78 26 55V28z" className={classes.inner} />
      </svg>
      <span className={classes.icon}>
        <ModeIcon mode={mode} size={size * 0.36} />
      </span>
    </span>
  );
}
