import { describe, expect, test } from "vitest";
import type { Beat, BeatHistory } from "@/api/heartbeats";
import { countBars, heartbeatBars } from "./heartbeatBars";

const T0 = Date.parse("2026-11-23T12:00:00Z");
const LIMIT = 20;

function beat(nth: number, boot_id = "a", at_s = nth * 10): Beat {
  return { beat: nth, boot_id, at_ms: T0 + at_s * 1000 };
}

function history(...beats: Beat[]): BeatHistory {
  return { beats, watchedSince_ms: T0, offlineAt_ms: null };
}

function kinds(of: BeatHistory, now_s: number, deaf: Parameters<typeof heartbeatBars>[1] = []): string {
  const letters = { heard: "h", restart: "r", missed: "-", unseen: "?" };
  return heartbeatBars(of, deaf, T0 + now_s * 1000, LIMIT)
    .map(({ kind }) => letters[kind])
    .join("");
}

describe("the heartbeat bar", () => {
  test("has one bar for each heartbeat", () => {
    expect(kinds(history(beat(1), beat(2), beat(3)), 31)).toBe("hhh");
  });

  test("shows a gap where numbered heartbeats are not there", () => {
    expect(kinds(history(beat(1), beat(4)), 41)).toBe("h--h");
  });

  test("is not fooled by heartbeats that come early or late", () => {
    expect(kinds(history(beat(1), beat(2, "a", 29), beat(3, "a", 31)), 32)).toBe("hhh");
  });

  test("counts the heartbeats that are overdue now, with half an interval of patience", () => {
    expect(kinds(history(beat(1)), 24)).toBe("h");
    expect(kinds(history(beat(1)), 26)).toBe("h-");
    expect(kinds(history(beat(1)), 46)).toBe("h---");
  });

  test("tells a restart, and measures the gap before it by time", () => {
    expect(kinds(history(beat(5000, "a", 10), beat(2, "b", 50)), 51)).toBe("h---r");
    expect(kinds(history(beat(5000, "a", 10), beat(2, "b", 18)), 19)).toBe("hr");
  });

  test("does not call missed what this page could not hear", () => {
    const deaf = [{ from_ms: T0 + 15_000, to_ms: T0 + 35_000 }];
    expect(kinds(history(beat(1), beat(6)), 61, deaf)).toBe("h??--h");
    expect(kinds(history(beat(1)), 46, [{ from_ms: T0 + 15_000, to_ms: null }])).toBe("h???");
  });

  test("keeps the newest bars when there are too many, even after days", () => {
    expect(kinds(history(beat(1), beat(2)), 3 * 86_400)).toBe("-".repeat(LIMIT));
    expect(kinds(history(...Array.from({ length: 30 }, (_, nth) => beat(nth))), 291)).toBe("h".repeat(LIMIT));
  });

  test("is empty while nothing was ever heard", () => {
    expect(kinds(history(), 100)).toBe("");
  });

  test("is counted in words", () => {
    const bars = heartbeatBars(history(beat(1), beat(3)), [], T0 + 46_000, LIMIT);
    expect(countBars(bars)).toEqual({ heard: 2, missed: 2, unseen: 0 });
  });
});
