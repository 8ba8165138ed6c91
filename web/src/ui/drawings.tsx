// Small drawings for empty states: one line weight, the beam as the only colour.
import classes from "./drawings.module.css";

const frame = { viewBox: "0 0 160 112", className: classes.drawing } as const;

/** The mark. `size` in pixels. */
export function Lighthouse({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <path d="M29 20 5 10v18z" fill="var(--teal)" opacity=".45" />
      <path d="m35 20 24-10v18z" fill="var(--teal)" opacity=".85" />
      <path d="M26 15.500 32 9l6 6.500z" fill="currentColor" />
      <rect x="27" y="16.500" width="10" height="7" rx="1" fill="var(--teal)" />
      <rect x="24" y="24" width="16" height="3" rx="1.500" fill="currentColor" />
      <path d="M27 28h10l3 27H24z" fill="currentColor" />
      <path d="M26.100 37h11.800l.9 8H25.200z" fill="var(--surface)" opacity=".55" />
      <path
        d="M16 57.500c5.300-3 10.700-3 16 0s10.700 3 16 0"
        fill="none"
        stroke="var(--teal)"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** Calm sea, the beam going round: nothing happened. */
export function CalmSea() {
  return (
    <svg {...frame} aria-hidden="true">
      <path className={classes.beam} d="M76 30 8 14v34z" />
      <path className={classes.beam} d="m84 30 68-16v34z" />
      <path className={classes.line} d="M72 26l8-9 8 9M73 26h14v10H73zM69 36h22M74 36l-4 50h20l-4-50" />
      <path className={classes.faint} d="M73 52h14M71.500 68h17" />
      <path className={classes.line} d="M28 92c9-6 17-6 26 0s17 6 26 0 17-6 26 0 17 6 26 0" />
      <path className={classes.faint} d="M48 103c6-4 11-4 16 0s11 4 16 0 11-4 16 0 11 4 16 0" />
    </svg>
  );
}

/** A small board with a pin out of place: no device yet. */
export function FirstDevice() {
  return (
    <svg {...frame} aria-hidden="true">
      <rect className={classes.line} x="38" y="34" width="84" height="52" rx="7" />
      <path className={classes.faint} d="M50 42h44M50 46h44" />
      <rect className={classes.line} x="66" y="54" width="22" height="20" rx="3" />
      <rect className={classes.faint} x="100" y="50" width="22" height="12" rx="2" />
      <rect className={classes.faint} x="100" y="67" width="22" height="11" rx="2" />
      <path className={classes.beamLine} d="M68 24a13 13 0 0 1 24 0M60 19a22 22 0 0 1 40 0" />
      <circle className={classes.dot} cx="80" cy="29" r="3" />
      <path className={classes.line} d="M46 98h68" />
    </svg>
  );
}

/** A bell at rest: no alerts. */
export function QuietBell() {
  return (
    <svg {...frame} aria-hidden="true">
      <path className={classes.line} d="M56 78c6-6 7-14 7-26 0-11 7-19 17-19s17 8 17 19c0 12 1 20 7 26z" />
      <path className={classes.line} d="M73 84a7.500 7.500 0 0 0 14 0M80 33v-5" />
      <path className={classes.beamLine} d="M108 30h12l-12 14h12M126 18h9l-9 10h9" />
      <path className={classes.faint} d="M46 96h68" />
    </svg>
  );
}

/** A chart with nothing at that place: unknown address. */
export function LostAtSea() {
  return (
    <svg {...frame} aria-hidden="true">
      <circle className={classes.line} cx="80" cy="50" r="32" />
      <path className={classes.faint} d="M80 22v6M80 72v6M52 50h6M102 50h6" />
      <path className={classes.beam} d="m80 50 14-18-8 22z" />
      <path className={classes.line} d="m94 32-20 12-8 24 20-12z" />
      <path className={classes.line} d="M28 100c9-6 17-6 26 0s17 6 26 0 17-6 26 0 17 6 26 0" />
    </svg>
  );
}

/** A strip of film without a picture on it: nothing recorded. */
export function EmptyReel() {
  return (
    <svg {...frame} aria-hidden="true">
      <rect className={classes.line} x="34" y="36" width="92" height="52" rx="6" />
      <path className={classes.line} d="M50 36v52M110 36v52" />
      <path className={classes.faint} d="M42 44v4M42 56v4M42 68v4M42 80v2M118 44v4M118 56v4M118 68v4M118 80v2" />
      <path className={classes.beam} d="m72 50 22 12-22 12z" />
      <path className={classes.beamLine} d="M68 24a13 13 0 0 1 24 0" />
      <path className={classes.faint} d="M46 98h68" />
    </svg>
  );
}
