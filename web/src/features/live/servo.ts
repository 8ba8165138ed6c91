// The camera's servo as the page needs it: its state, angles in words, keys, and where things are on the drawing. Pure.

export interface Preset {
  name: string;
  angle_deg: number;
}

/** `states/{device}/servo`: degrees, 0 straight ahead, left negative. `angle_deg` is where it is, `target_deg` where it goes. */
export interface Servo {
  angle_deg: number;
  target_deg: number;
  moving: boolean;
  min_angle_deg: number;
  max_angle_deg: number;
  step_deg: number;
  /** From left to right: the order of the buttons and of the keys 1 to 9. */
  presets: Preset[];
  fault: string | null;
}

/** The servo in a retained state, or null when it is none. */
export function parseServo(state: Record<string, unknown> | undefined): Servo | null {
  if (state === undefined) return null;
  const { angle_deg, min_angle_deg, max_angle_deg } = state;
  if (!isNumber(angle_deg) || !isNumber(min_angle_deg) || !isNumber(max_angle_deg)) return null;
  if (min_angle_deg >= max_angle_deg) return null;
  return {
    angle_deg,
    min_angle_deg,
    max_angle_deg,
    target_deg: isNumber(state.target_deg) ? state.target_deg : angle_deg,
    moving: state.moving === true,
    step_deg: isNumber(state.step_deg) && state.step_deg > 0 ? state.step_deg : 15,
    presets: parsePresets(state.presets),
    fault: typeof state.fault === "string" && state.fault !== "" ? state.fault : null,
  };
}

function parsePresets(value: unknown): Preset[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .flatMap(([name, angle_deg]) => (isNumber(angle_deg) ? [{ name, angle_deg }] : []))
    .sort((a, b) => a.angle_deg - b.angle_deg || a.name.localeCompare(b.name));
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export type Side = "left" | "right" | "center";

/** To half a degree: `{ side: "left", degrees: 15 }`. */
export function angleInWords(angle_deg: number): { side: Side; degrees: number } {
  const degrees = Math.round(Math.abs(angle_deg) * 2) / 2;
  if (degrees === 0) return { side: "center", degrees: 0 };
  return { side: angle_deg < 0 ? "left" : "right", degrees };
}

/** A body of `POST /api/cameras/{id}/servo`: exactly one of them. */
export type Turn = { direction: Side } | { angle_deg: number } | { preset: string };

/** What a key on the pad asks for, or null when it asks for nothing. */
export function turnOfKey(key: string, presets: readonly Preset[]): Turn | null {
  if (key === "ArrowLeft") return { direction: "left" };
  if (key === "ArrowRight") return { direction: "right" };
  if (key === "Home") return { direction: "center" };
  const preset = /^[1-9]$/.test(key) ? presets[Number(key) - 1] : undefined;
  return preset ? { preset: preset.name } : null;
}

/** Whether the servo stands, or is on its way, at this angle. */
export function isAt(angle_deg: number, other_deg: number): boolean {
  return Math.abs(angle_deg - other_deg) < 0.5;
}

export interface Fan {
  width: number;
  height: number;
  cx: number;
  cy: number;
  radius: number;
}

const WIDTH = 480;
const TOP = 40;
const BELOW = 34;
const LARGEST_RADIUS = 196;
const HEIGHT = TOP + LARGEST_RADIUS + BELOW;

/** Where the camera and its circle lie on the drawing: limits behind the camera need room below it. */
export function fanOf(servo: Pick<Servo, "min_angle_deg" | "max_angle_deg">): Fan {
  const widest = Math.min(180, Math.max(Math.abs(servo.min_angle_deg), Math.abs(servo.max_angle_deg)));
  const behind = Math.max(0, -Math.cos((widest * Math.PI) / 180));
  const radius = LARGEST_RADIUS / (1 + behind);
  return { width: WIDTH, height: HEIGHT, cx: WIDTH / 2, cy: TOP + radius, radius };
}

/** The point at this angle and share of the radius. 0 degrees is up, left is left. */
export function pointAt(fan: Fan, angle_deg: number, share = 1): { x: number; y: number } {
  const angle = (angle_deg * Math.PI) / 180;
  const reach = fan.radius * share;
  return { x: round(fan.cx + reach * Math.sin(angle)), y: round(fan.cy - reach * Math.cos(angle)) };
}

/** The outline of the slice between two angles. */
export function slice(fan: Fan, from_deg: number, to_deg: number, share = 1): string {
  const from = pointAt(fan, from_deg, share);
  const to = pointAt(fan, to_deg, share);
  const large = to_deg - from_deg > 180 ? 1 : 0;
  const reach = round(fan.radius * share);
  return `M${fan.cx} ${round(fan.cy)}L${from.x} ${from.y}A${reach} ${reach} 0 ${large} 1 ${to.x} ${to.y}Z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
