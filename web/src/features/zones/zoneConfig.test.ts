import { expect, test } from "vitest";
import { aZone } from "@/testing/samples";
import { configOf, dutyIn, filtersOf, NO_FILTERS, zoneToml } from "./zoneConfig";

test("a zone that is as the defaults are is one line", () => {
  expect(zoneToml("motion", configOf(aZone("motion")))).toBe("[zones.motion]\n");
});

test("what differs from the defaults is written, as the Pi's file calls it", () => {
  const filters = { pulses: 2, pulses_within_s: 8, hold_s: 1.5, confirm_by: ["raspberry-02/button"], cooldown_s: 60 };
  const zone = aZone("motion", { type: "delayed", modes: ["night"], filters, preset: "door" });
  expect(zoneToml("motion", configOf(zone))).toBe(
    [
      "[zones.motion]",
      'type = "delayed"',
      'modes = ["night"]',
      "hold_s = 1.5",
      "pulses = 2",
      "pulses_within_s = 8",
      "cooldown_s = 60",
      'confirm_by = ["raspberry-02/button"]',
      "confirm_within_s = 30",
      'preset = "door"',
      "",
    ].join("\n"),
  );
});

test("a zone that always guards needs no modes", () => {
  expect(zoneToml("water", configOf(aZone("water", { type: "always", modes: [] })))).toBe(
    '[zones.water]\ntype = "always"\n',
  );
});

test("filters that nobody can read are the defaults", () => {
  expect(filtersOf({ filters: { hold_s: "long", pulses: Number.NaN, confirm_by: [1, "raspberry-01/mat"] } })).toEqual({
    ...NO_FILTERS,
    confirm_by: ["raspberry-01/mat"],
  });
});

test.each([
  ["instant", "surveillance", "instant"],
  ["delayed", "night", "none"],
  ["follower", "active", "none"],
  ["always", "active", "always"],
  ["always", "night", "always"],
] as const)("a zone of type %s in mode %s: %s", (type, mode, duty) => {
  expect(dutyIn({ type, modes: ["surveillance"] }, mode)).toBe(duty);
});

test("a mode that says it guards in active, as the state of an always zone does, makes no other zone guard then", () => {
  expect(dutyIn({ type: "instant", modes: ["active", "night"] }, "active")).toBe("none");
});
