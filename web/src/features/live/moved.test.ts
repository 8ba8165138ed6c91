import { expect, test } from "vitest";
import { movedPresets, restsAt } from "./moved";
import { parseServo } from "./servo";

const fault = (detail: string) => ({ code: "fault", detail });

test("presets at which the camera has moved are told once each, and nothing else is one", () => {
  const health = [
    fault("camera:moved:door"),
    fault("camera:moved:door"),
    fault("camera:moved"),
    fault("camera:dark"),
    { code: "silent", detail: "camera:moved:window" },
  ];
  expect(movedPresets(health)).toEqual(["door", ""]);
  expect(movedPresets(undefined)).toEqual([]);
});

test("the lens rests at one of them once it has arrived there", () => {
  const servo = (angle_deg: number, moving = false) =>
    parseServo({
      angle_deg,
      target_deg: angle_deg,
      moving,
      min_angle_deg: -90,
      max_angle_deg: 90,
      presets: { door: -60 },
    });
  expect(restsAt(["door"], servo(-60))).toBe("door");
  expect(restsAt(["door"], servo(-60, true))).toBeNull();
  expect(restsAt(["door"], servo(0))).toBeNull();
  expect(restsAt(["gone"], servo(0))).toBeNull();
  expect(restsAt([""], null)).toBe("");
  expect(restsAt([], null)).toBeNull();
});
