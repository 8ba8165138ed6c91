import { expect, test } from "vitest";
import { newerMode } from "./modeStamp";
import type { ModeState } from "./types";

function record(mode: ModeState["mode"], stamp: [number, number, string], known = true): ModeState {
  return { mode, stamp, known };
}

test("an answer that comes after the news of a later change is not shown", () => {
  const later = record("night", [2000, 0, "server"]);
  expect(newerMode(later, record("surveillance", [1000, 5, "server"]))).toBe(later);
});

test("the counter decides within one millisecond, then the writer", () => {
  const known = record("active", [1000, 1, "b"]);
  expect(newerMode(known, record("night", [1000, 2, "a"])).mode).toBe("night");
  expect(newerMode(known, record("night", [1000, 1, "a"]))).toBe(known);
});

test("anything is newer than a mode that is not known", () => {
  expect(newerMode(undefined, record("night", [1, 0, "a"])).mode).toBe("night");
  expect(newerMode(record("active", [9, 0, "z"], false), record("night", [1, 0, "a"])).mode).toBe("night");
});
