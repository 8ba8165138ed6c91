import { screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { describeEvent } from "@/format/eventText";
import { en } from "@/i18n/en";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aGuard, anEvent, aZone, KINDS, NOW } from "@/testing/samples";
import { CHECKS, decisionIn, OUTCOMES } from "./decision";
import { EventWhy } from "./EventWhy";

const DECISION = {
  outcome: "alarm",
  alert: true,
  zone: "motion",
  mode: "surveillance",
  state: "armed",
  steps: [
    { check: "mode", passed: true },
    { check: "pulses", passed: true, seen: 2, needed: 2, within_s: 10.0 },
    { check: "confirm", passed: false, within_s: 30, by_any_of: ["raspberry-01/button"] },
    { check: "moon", passed: false, phase: "new" },
  ],
  effects: [{ siren_s: 60.0 }, { preset: "door" }, { record_s: 30.0, done: false, reason: "no camera on this device" }],
};

async function why(details: Record<string, unknown>, type = "motion_detected"): Promise<void> {
  const site = { version: "1", now: NOW, bridge: "connected", broker: "connected", sensor_kinds: KINDS };
  new FakeServer()
    .on("GET /api/site", () => ok(site))
    .on("GET /api/alarm", () => ok(aGuard({ zones: [aZone("button")] })))
    .install();
  const event = anEvent(1, { details, type });
  await renderPage(<EventWhy event={event} text={describeEvent(event, KINDS, "en")} alert={null} />);
}

test("a decision is told with its numbers, in the order of its checks", async () => {
  await why({ decision: DECISION });
  expect(screen.getByText("It alarmed.")).toBeVisible();
  await screen.findByText(/button, entrance/);
  const lines = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(lines).toEqual([
    "yes: It guards in mode Surveillance",
    "yes: 2 of 2 detections within 10 s",
    "no: Not confirmed within 30 s by button, entrance",
    'no: moon {"phase":"new"}',
    "yes: Siren for 1 min",
    "yes: Camera turned to “door”",
    "no: Recording of 30 s · not done: this Pi has no camera",
  ]);
});

test("a change of the alarm says its reason, a trouble what to try", async () => {
  await why({ state: "armed", reason: "exit_delay_over" }, "alarm");
  expect(screen.getByText("The exit delay was over.")).toBeVisible();
});

test("a trouble says what to try", async () => {
  await why({ name: "peer_silent:raspberry-02", state: "began" }, "trouble");
  expect(screen.getByText(/Look after that Pi/)).toBeVisible();
});

describe("what is no decision", () => {
  test.each([undefined, null, "alarm", [], { outcome: "sung" }, { outcome: "alarm" }, { outcome: "alarm", mode: 1 }])(
    "%j is none",
    (decision) => expect(decisionIn({ decision })).toBeNull(),
  );
  test("steps and effects that cannot be read are left out", () => {
    const decision = { ...DECISION, steps: [1, { passed: true }, null], effects: "none" };
    expect(decisionIn({ decision })).toMatchObject({ steps: [], effects: [] });
  });
});

test("every outcome and every check has its words", () => {
  expect(Object.keys(en.events.decision.outcome).sort()).toEqual([...OUTCOMES].sort());
  const checks = CHECKS.flatMap((check) => [`${check}_yes`, `${check}_no`]);
  expect(Object.keys(en.events.decision.check).sort()).toEqual(checks.sort());
});
