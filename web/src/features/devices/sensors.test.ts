import { expect, test } from "vitest";
import { sensorLevels } from "./sensors";

test("levels come by name, with kind, place and since", () => {
  const levels = sensorLevels({
    states: {
      motion: { state: "detected", active: true, kind: "motion", location: "entrance", since: "2026-11-23T12:00:00Z" },
      button: { state: "released", active: false, kind: "button", fault: "stuck" },
    },
  });
  expect(levels.map(({ name }) => name)).toEqual(["button", "motion"]);
  expect(levels[0]).toMatchObject({ active: false, fault: "stuck", since: null, location: "" });
  expect(levels[1]).toMatchObject({ active: true, location: "entrance", since: "2026-11-23T12:00:00Z" });
});

test("parts that are no sensors, and shapes of strangers, are left out", () => {
  const states = {
    servo: { angle_deg: 0 },
    siren: { state: "off" },
    odd: { active: "yes" },
    bare: { active: true, since: 7 },
  };
  expect(sensorLevels({ states }).map(({ name }) => name)).toEqual(["bare"]);
  expect(sensorLevels({ states })[0]).toMatchObject({ kind: "bare", since: null });
  expect(sensorLevels({})).toEqual([]);
});
