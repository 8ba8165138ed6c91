// The golden files are shared with the Python programs: what they promise, the dashboard must be able to read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseEvent, parseMode } from "./api/parse";
import { decisionIn, isKnownCheck } from "./features/events/decision";
import { describeEvent } from "./format/eventText";
import { fullMoment } from "./format/time";
import { KINDS } from "./testing/samples";

const FOLDER = join(import.meta.dirname, "../../tests/golden");
type Json = Record<string, unknown>;

function read(name: string): Json[] {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8"));
}

function expectReadable(value: unknown): void {
  const event = parseEvent(value);
  expect(event).not.toBeNull();
  if (event === null) return;
  for (const language of ["en", "fr"] as const) {
    expect(describeEvent(event, KINDS, language).what).not.toBe("");
    expect(fullMoment(event.occurred_at, language)).toContain("2026");
  }
}

test("there are golden files to read", () => {
  expect(readdirSync(FOLDER).filter((name) => name.endsWith(".json"))).not.toEqual([]);
});

describe("stored_events.json", () => {
  test.each(read("stored_events.json"))("$type of $device_id is an event", (value) => expectReadable(value));
});

describe("events.json", () => {
  const cases = read("events.json").filter(({ event }) => (event as Json | undefined)?.occurred_at);
  test.each(cases)("$name is an event once it is stored", ({ event }) => {
    expect(parseEvent(event)).toBeNull();
    expectReadable({ ...(event as Json), received_at: "2026-11-23T19:14:12.140Z", cursor: 1 });
  });
});

describe("states.json", () => {
  const modes = read("states.json").filter(({ topic }) => topic === "site/mode");
  test("it holds a mode", () => expect(modes).not.toEqual([]));
  test.each(modes)("$payload.mode is a mode", ({ payload }) => {
    expect(parseMode(payload)).toMatchObject({ mode: (payload as Json).mode, known: true });
  });
});

describe("decisions in events.json", () => {
  const decided = read("events.json").filter(({ payload }) => (payload as Json | undefined)?.decision);
  test("there are some", () => expect(decided).not.toEqual([]));
  test.each(decided)("$name says why, in checks that have words", ({ payload }) => {
    const decision = decisionIn(payload as Json);
    expect(decision).not.toBeNull();
    expect(decision?.steps.filter(({ check }) => !isKnownCheck(check))).toEqual([]);
  });
});
