// The servo's calibration: from what it was told and where it really pointed to the lines of its Pi's agent.toml. Pure.

/** As in `[servo]`: pulse widths at -90 and +90 degrees, and whether left and right are swapped. */
export interface Pulses {
  left_pulse_us: number;
  right_pulse_us: number;
  inverted: boolean;
}

/** What is not in the file. */
export const DEFAULT_PULSES: Pulses = { left_pulse_us: 600, right_pulse_us: 2400, inverted: false };

/** What the Pi accepts. */
export const PULSE_MIN_US = 300;
export const PULSE_MAX_US = 2700;
const PRESET_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** It was told to go to one angle, and somebody saw it point at another. */
export interface Reading {
  told_deg: number;
  seen_deg: number;
}

export interface Preset {
  name: string;
  /** As it was told, by the calibration of now. */
  told_deg: number;
}

export interface Findings {
  now: Pulses;
  left: Reading | null;
  right: Reading | null;
  /** Soft limits and presets, as it was told. Null: as they are. */
  min_deg: number | null;
  max_deg: number | null;
  presets: Preset[];
}

/** The pulse that the Pi sends for an angle. */
export function pulseOf({ left_pulse_us, right_pulse_us, inverted }: Pulses, angle_deg: number): number {
  const angle = inverted ? -angle_deg : angle_deg;
  return left_pulse_us + ((angle + 90) / 180) * (right_pulse_us - left_pulse_us);
}

/** Two readings nearer to each other say nothing: the eye is not that good. */
const NEAREST_DEG = 20;

/** Pulses by which it points where it is told; null while two readings far enough apart are not there. */
export function calibrated({ now, left, right }: Pick<Findings, "now" | "left" | "right">): Pulses | null {
  if (left === null || right === null) return null;
  if (Math.abs(left.told_deg - right.told_deg) < NEAREST_DEG) return null;
  if (Math.abs(left.seen_deg - right.seen_deg) < NEAREST_DEG) return null;
  const from_us = pulseOf(now, left.told_deg);
  const us_per_deg = (pulseOf(now, right.told_deg) - from_us) / (right.seen_deg - left.seen_deg);
  const pulseSeenAt = (seen_deg: number) => bounded(Math.round(from_us + (seen_deg - left.seen_deg) * us_per_deg));
  const inverted = us_per_deg < 0;
  const ends = [pulseSeenAt(-90), pulseSeenAt(90)].sort((a, b) => a - b) as [number, number];
  return { left_pulse_us: ends[0], right_pulse_us: ends[1], inverted };
}

function bounded(pulse_us: number): number {
  return Math.min(PULSE_MAX_US, Math.max(PULSE_MIN_US, pulse_us));
}

/** What an angle that it was told by the old pulses is called by the new ones: the same place, to half a degree. */
export function angleBy(pulses: Pulses, now: Pulses, told_deg: number): number {
  const { left_pulse_us, right_pulse_us, inverted } = pulses;
  const share = (pulseOf(now, told_deg) - left_pulse_us) / (right_pulse_us - left_pulse_us);
  const angle = Math.round((share * 180 - 90) * 2) / 2;
  return (inverted ? -angle : angle) + 0;
}

export function isPresetName(name: string): boolean {
  return PRESET_NAME.test(name);
}

/** The lines of `[servo]` that change. `limits`: those of now. Empty while nothing was found. */
export function servoToml(findings: Findings, limits: { min_angle_deg: number; max_angle_deg: number }): string {
  const { now, min_deg, max_deg, presets } = findings;
  const pulses = calibrated(findings);
  const angle = (told_deg: number) => (pulses ? angleBy(pulses, now, told_deg) : Math.round(told_deg * 2) / 2);
  const lines: string[] = [];
  if (pulses) {
    lines.push(`left_pulse_us = ${pulses.left_pulse_us}`, `right_pulse_us = ${pulses.right_pulse_us}`);
    if (pulses.inverted || now.inverted) lines.push(`inverted = ${pulses.inverted}`);
  }
  // A swapped servo swaps its limits, too.
  const bounds = [min_deg ?? limits.min_angle_deg, max_deg ?? limits.max_angle_deg].map(angle).sort((a, b) => a - b);
  if (min_deg !== null || max_deg !== null) {
    lines.push(`min_angle_deg = ${bounds[0]}`, `max_angle_deg = ${bounds[1]}`);
  }
  if (presets.length > 0) {
    const inside = (told_deg: number) => Math.min(bounds[1] ?? 90, Math.max(bounds[0] ?? -90, angle(told_deg)));
    lines.push(`presets = { ${presets.map(({ name, told_deg }) => `${name} = ${inside(told_deg)}`).join(", ")} }`);
  }
  return lines.length === 0 ? "" : `[servo]\n${lines.join("\n")}\n`;
}
