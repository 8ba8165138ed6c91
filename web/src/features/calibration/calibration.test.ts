import { describe, expect, test } from "vitest";
import {
  angleBy,
  calibrated,
  DEFAULT_PULSES,
  type Findings,
  isPresetName,
  type Pulses,
  pulseOf,
  servoToml,
} from "./calibration";

const LIMITS = { min_angle_deg: -90, max_angle_deg: 90 };

/** A servo as it really is: it points at an angle for a pulse. */
function seenBy(real: Pulses, now: Pulses, told_deg: number): number {
  const share = (pulseOf(now, told_deg) - real.left_pulse_us) / (real.right_pulse_us - real.left_pulse_us);
  const angle = share * 180 - 90;
  return real.inverted ? -angle : angle;
}

function found(real: Pulses, now: Pulses, given: Partial<Findings> = {}): Findings {
  const reading = (told_deg: number) => ({ told_deg, seen_deg: seenBy(real, now, told_deg) });
  return { now, left: reading(-60), right: reading(45), min_deg: null, max_deg: null, presets: [], ...given };
}

describe("the calibration", () => {
  test("finds the pulses of any servo from two places that were looked at", () => {
    for (const left_pulse_us of [500, 600, 1000]) {
      for (const right_pulse_us of [2000, 2400, 2500]) {
        for (const inverted of [false, true]) {
          for (const now of [DEFAULT_PULSES, { left_pulse_us: 1000, right_pulse_us: 2000, inverted: true }]) {
            const real = { left_pulse_us, right_pulse_us, inverted };
            expect(calibrated(found(real, now)), JSON.stringify({ real, now })).toEqual(real);
          }
        }
      }
    }
  });

  test("says nothing from one look, or from two that are too near", () => {
    const { left, right } = found(DEFAULT_PULSES, DEFAULT_PULSES);
    expect(calibrated({ now: DEFAULT_PULSES, left, right: null })).toBeNull();
    expect(calibrated({ now: DEFAULT_PULSES, left, right: { told_deg: -55, seen_deg: 20 } })).toBeNull();
    expect(
      calibrated({ now: DEFAULT_PULSES, left, right: { told_deg: 55, seen_deg: left?.seen_deg ?? 0 } }),
    ).toBeNull();
    expect(right).not.toBeNull();
  });

  test("stays within what the Pi accepts", () => {
    const far = { now: DEFAULT_PULSES, left: { told_deg: -45, seen_deg: -10 }, right: { told_deg: 45, seen_deg: 12 } };
    expect(calibrated(far)).toEqual({ left_pulse_us: 300, right_pulse_us: 2700, inverted: false });
  });

  test("keeps places where they are: their angle is told by the new pulses", () => {
    const real = { left_pulse_us: 500, right_pulse_us: 2500, inverted: false };
    expect(angleBy(real, DEFAULT_PULSES, 45)).toBe(40.5);
    expect(angleBy({ ...real, inverted: true }, DEFAULT_PULSES, 45)).toBe(-40.5);
    expect(angleBy(DEFAULT_PULSES, DEFAULT_PULSES, 0)).toBe(0);
  });
});

describe("the lines for agent.toml", () => {
  test("are none while nothing was found", () => {
    expect(
      servoToml({ now: DEFAULT_PULSES, left: null, right: null, min_deg: null, max_deg: null, presets: [] }, LIMITS),
    ).toBe("");
  });

  test("say what was found, limits and presets by the new pulses", () => {
    const real = { left_pulse_us: 500, right_pulse_us: 2500, inverted: false };
    const findings = found(real, DEFAULT_PULSES, { min_deg: -80, presets: [{ name: "door", told_deg: -60 }] });
    expect(servoToml(findings, LIMITS)).toBe(
      "[servo]\nleft_pulse_us = 500\nright_pulse_us = 2500\nmin_angle_deg = -72\nmax_angle_deg = 81\npresets = { door = -54 }\n",
    );
  });

  test("of a swapped servo swap its limits, and no preset lies beyond one", () => {
    const real = { left_pulse_us: 600, right_pulse_us: 2400, inverted: true };
    const findings = found(real, DEFAULT_PULSES, {
      min_deg: -80,
      max_deg: 60,
      presets: [{ name: "door", told_deg: -90 }],
    });
    expect(servoToml(findings, LIMITS)).toBe(
      "[servo]\nleft_pulse_us = 600\nright_pulse_us = 2400\ninverted = true\nmin_angle_deg = -60\nmax_angle_deg = 80\npresets = { door = 80 }\n",
    );
  });
});

test("a preset's name is one that the Pi takes", () => {
  expect(["door", "garden-2", "a_b"].every(isPresetName)).toBe(true);
  expect(["", "Door", "the door", "-door", "x".repeat(33)].some(isPresetName)).toBe(false);
});
