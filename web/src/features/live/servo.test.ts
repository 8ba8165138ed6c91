import { describe, expect, test } from "vitest";
import { angleInWords, fanOf, isAt, type Preset, parseServo, pointAt, slice, turnOfKey } from "./servo";

const STATE = {
  angle_deg: -15,
  target_deg: 30,
  moving: true,
  min_angle_deg: -90,
  max_angle_deg: 90,
  step_deg: 10,
  presets: { window: 45, door: -60 },
  driver: "sysfs",
  fault: null,
};

describe("an angle in words", () => {
  test.each([
    [0, "center", 0],
    [-15, "left", 15],
    [15, "right", 15],
    [12.4, "right", 12.5],
    [-0.2, "center", 0],
    [-0.3, "left", 0.5],
    [-90, "left", 90],
  ])("%d is %s by %d", (angle_deg, side, degrees) => {
    expect(angleInWords(angle_deg)).toEqual({ side, degrees });
  });
});

describe("the servo's state", () => {
  test("is read with its presets from left to right", () => {
    expect(parseServo(STATE)?.presets).toEqual([
      { name: "door", angle_deg: -60 },
      { name: "window", angle_deg: 45 },
    ]);
  });

  test("stands still at its angle when it does not say more", () => {
    const servo = parseServo({ angle_deg: 5, min_angle_deg: -45, max_angle_deg: 45 });
    expect(servo).toMatchObject({ angle_deg: 5, target_deg: 5, moving: false, step_deg: 15, presets: [], fault: null });
  });

  test.each([
    ["absent", undefined],
    ["without an angle", { ...STATE, angle_deg: undefined }],
    ["with a word for an angle", { ...STATE, angle_deg: "left" }],
    ["with limits the wrong way round", { ...STATE, min_angle_deg: 90, max_angle_deg: -90 }],
    ["with no number", { ...STATE, angle_deg: Number.NaN }],
  ])("is none when it is %s", (_name, state) => {
    expect(parseServo(state)).toBeNull();
  });

  test("leaves out presets that are no angles", () => {
    expect(parseServo({ ...STATE, presets: { door: "left", window: 45 } })?.presets).toHaveLength(1);
    expect(parseServo({ ...STATE, presets: 7 })?.presets).toEqual([]);
  });
});

describe("keys on the pad", () => {
  const presets: Preset[] = [
    { name: "door", angle_deg: -60 },
    { name: "window", angle_deg: 45 },
  ];

  test.each([
    ["ArrowLeft", { direction: "left" }],
    ["ArrowRight", { direction: "right" }],
    ["Home", { direction: "center" }],
    ["1", { preset: "door" }],
    ["2", { preset: "window" }],
  ])("%s turns", (key, turn) => {
    expect(turnOfKey(key, presets)).toEqual(turn);
  });

  test.each(["3", "0", "ArrowUp", "Tab", "g", "Enter", "End"])("%s does nothing", (key) => {
    expect(turnOfKey(key, presets)).toBeNull();
  });
});

describe("the drawing", () => {
  const fan = fanOf({ min_angle_deg: -90, max_angle_deg: 90 });

  test("has straight ahead up, left at the left and right at the right", () => {
    expect(pointAt(fan, 0)).toEqual({ x: fan.cx, y: fan.cy - fan.radius });
    expect(pointAt(fan, -90)).toEqual({ x: fan.cx - fan.radius, y: fan.cy });
    expect(pointAt(fan, 90)).toEqual({ x: fan.cx + fan.radius, y: fan.cy });
  });

  test.each([45, 90, 135, 180, 360])("keeps limits of %d degrees inside", (limit) => {
    const wide = fanOf({ min_angle_deg: -limit, max_angle_deg: limit });
    for (const at of [-Math.min(limit, 180), 0, Math.min(limit, 180)]) {
      const { x, y } = pointAt(wide, at);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(wide.width);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(wide.height);
    }
  });

  test("takes the large arc for a reach of more than half a turn", () => {
    expect(slice(fan, -90, 90)).toContain(" 0 0 1 ");
    expect(slice(fan, -100, 100)).toContain(" 0 1 1 ");
  });

  test("holds half a degree for the same place", () => {
    expect(isAt(30, 30.4)).toBe(true);
    expect(isAt(30, 30.6)).toBe(false);
  });
});
