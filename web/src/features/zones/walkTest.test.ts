import { expect, test } from "vitest";
import { anEvent, aZone, KINDS, NOW_MS } from "@/testing/samples";
import { type Walk, walked, walkIn } from "./walkTest";

const WALK: Walk = { after: 10, since_ms: NOW_MS - 60_000, until_ms: null };
const ZONES = [aZone("motion"), aZone("motion", { device_id: "raspberry-02" })];

function seen(events: ReturnType<typeof anEvent>[], walk = WALK): (string | null)[] {
  return walked(ZONES, events, KINDS, walk).map((row) => row.seen?.event.id ?? null);
}

test("a zone is ticked by its first detection, and the others remain", () => {
  const rows = walked(ZONES, [anEvent(12), anEvent(11)], KINDS, WALK);
  expect(rows.map(({ key, seen }) => [key, seen?.event.cursor, seen?.times])).toEqual([
    ["raspberry-01/motion", 11, 2],
    ["raspberry-02/motion", undefined, undefined],
  ]);
});

test("zones stand in the order in which they were walked by", () => {
  const events = [anEvent(11, { device_id: "raspberry-02" }), anEvent(12)];
  expect(walked(ZONES, events, KINDS, WALK).map(({ key }) => key)).toEqual([
    "raspberry-02/motion",
    "raspberry-01/motion",
  ]);
});

test("what is of before, late, over, or of another sensor ticks nothing", () => {
  expect(seen([anEvent(10)])).toEqual([null, null]);
  expect(seen([anEvent(11, { late: true })])).toEqual([null, null]);
  expect(seen([anEvent(11, { type: "motion_ended" })])).toEqual([null, null]);
  expect(seen([anEvent(11, { sensor: "button" })])).toEqual([null, null]);
});

test("a plain sensor, of no known kind, is seen by its decision", () => {
  const zones = [aZone("gate")];
  const gate = (details: object) => anEvent(11, { type: "gate", sensor: "gate", details: { ...details } });
  const [row] = walked(zones, [gate({ decision: {} })], KINDS, WALK);
  expect(row?.seen?.times).toBe(1);
  expect(walked(zones, [gate({})], KINDS, WALK)[0]?.seen).toBeNull();
});

test("a Pi whose clock is wrong can be tested: how long it took is then not told", () => {
  const event = anEvent(11, { occurred_at: "1970-01-01T00:00:00Z", clock: "unsynced" });
  const [row] = walked(ZONES, [event], KINDS, WALK);
  expect(row?.seen).toMatchObject({ after_s: 60, underWay_s: null });
});

test("how long it took is from the Pi to the server", () => {
  const event = anEvent(11, { occurred_at: new Date(NOW_MS - 120).toISOString() });
  expect(walked(ZONES, [event], KINDS, WALK)[0]?.seen?.underWay_s).toBeCloseTo(0.12);
});

test("what arrives after the end is no part of it", () => {
  expect(seen([anEvent(11)], { ...WALK, until_ms: NOW_MS - 1 })).toEqual([null, null]);
});

test("a test is found again by its address", () => {
  const search = new URLSearchParams({ after: "10", since: new Date(WALK.since_ms).toISOString() });
  expect(walkIn(search)).toEqual(WALK);
  expect(walkIn(new URLSearchParams("after=x&since=2026-11-23T12:00:00Z"))).toBeNull();
  expect(walkIn(new URLSearchParams("after=1"))).toBeNull();
});
