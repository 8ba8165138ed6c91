import { expect, test } from "vitest";
import { anEvent, KINDS } from "@/testing/samples";
import { describeEvent, severityOf } from "./eventText";

test("a known type is called by its kind's label, in both languages", () => {
  const event = anEvent(1);
  expect(describeEvent(event, KINDS, "en")).toMatchObject({ what: "Movement", where: "entrance", icon: "motion" });
  expect(describeEvent(event, KINDS, "fr")).toMatchObject({ what: "Mouvement", where: "entrance" });
});

test("the inactive edge says how long it lasted", () => {
  const event = anEvent(1, { type: "motion_ended", details: { duration_ms: 12_000 } });
  expect(describeEvent(event, KINDS, "en")).toMatchObject({ what: "Movement over", lasted: "12 s", where: "" });
});

test("an unknown type is shown raw, with the neutral icon", () => {
  const event = anEvent(1, { type: "humidity", details: { value_percent: 61.5 } });
  expect(describeEvent(event, KINDS, "fr")).toMatchObject({ what: "humidity", icon: "sensor", edge: "plain" });
});

test("red is for an open alert and nothing else", () => {
  const detection = describeEvent(anEvent(1), KINDS, "en");
  expect(severityOf(detection, "open")).toBe("triggered");
  expect(severityOf(detection, "acknowledged")).toBe("acknowledged");
  expect(severityOf(detection, undefined)).toBe("detection");
});

test("a gap says how many events were given up and why, and stays readable when it does not say", () => {
  const gap = (details: Record<string, unknown>) => anEvent(1, { type: "gap", sensor: "gap", details });
  const full = gap({ reason: "log_full", count: 4, ranges: [[5, 8]] });
  expect(describeEvent(full, KINDS, "en").what).toBe("4 events given up: the Pi’s log was full");
  expect(describeEvent(gap({ reason: "server_lost", count: 1 }), KINDS, "fr").what).toBe(
    "1 événement abandonné : le serveur les a perdus, le Pi ne les a plus",
  );
  expect(describeEvent(gap({ reason: "new_reason", count: 4 }), KINDS, "en").what).toBe("Events given up");
});
