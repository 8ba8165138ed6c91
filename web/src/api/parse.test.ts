import { expect, test } from "vitest";
import { aDevice, aGuard, anAlert, anEvent, aZone } from "@/testing/samples";
import { parseAlert, parseDevice, parseEvent, parseGuard, parseMode } from "./parse";

test("what the server emits is taken as it is", () => {
  expect(parseEvent(anEvent(1))).toEqual(anEvent(1));
  expect(parseAlert(anAlert(1))).toEqual(anAlert(1));
  expect(parseDevice(aDevice("raspberry-01"))).toEqual(aDevice("raspberry-01"));
});

test.each([null, "text", 7, [], {}, { id: 1 }, anEvent(1, { occurred_at: "yesterday" })])("%j is no event", (value) => {
  expect(parseEvent(value)).toBeNull();
});

test("a mode that nobody knows is none", () => {
  expect(parseMode({ mode: "party" })).toBeNull();
  expect(parseMode({ mode: "night", known: false })).toMatchObject({ mode: "night", known: false });
});

test("what the server says of the alarm is taken as it is", () => {
  const guard = aGuard({ zones: [aZone("motion")], open: { night: ["raspberry-01/motion"] } });
  expect(parseGuard(guard)).toEqual(guard);
});

test.each([
  null,
  "armed",
  [],
  {},
  { state: "armed" },
  { state: 1, watching: true },
  { state: "armed", watching: "yes" },
])("%j says nothing of the alarm", (value) => expect(parseGuard(value)).toBeNull());

test("of an alarm's lists only what is well formed is taken", () => {
  const zones = [null, { device_id: "raspberry-01" }, { ...aZone("mat"), modes: "night" }, aZone("motion")];
  const strange = {
    ...aGuard(),
    mode: "party",
    devices: "none",
    zones,
    open: { night: [1, "a/b"], day: 7 },
    unknown: [{}],
  };
  expect(parseGuard(strange)).toMatchObject({
    mode: null,
    devices: [],
    zones: [aZone("motion")],
    open: { night: ["a/b"], day: [] },
    unknown: [],
  });
});
