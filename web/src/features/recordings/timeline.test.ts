import { describe, expect, test } from "vitest";
import { blocks, groupMarks, hourTicks, MIN_WIDTH } from "./timeline";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const span = (id: string, from_h: number, until_h: number) => ({
  id,
  from_ms: from_h * HOUR_MS,
  until_ms: until_h * HOUR_MS,
});

describe("the line of a day", () => {
  test("places clips by their time, the short ones wide enough to be hit", () => {
    expect(blocks([span("b", 12, 12.01), span("a", 6, 9)], 0, DAY_MS)).toEqual([
      { id: "a", left: 25, width: 12.5 },
      { id: "b", left: 50, width: MIN_WIDTH },
    ]);
  });

  test("cuts what begins before or ends after the day, and leaves out other days", () => {
    expect(blocks([span("early", -1, 6), span("late", 23, 26), span("tomorrow", 25, 26)], 0, DAY_MS)).toEqual([
      { id: "early", left: 0, width: 25 },
      { id: "late", left: 95.833, width: expect.closeTo(4.167, 3) },
    ]);
  });

  test("never draws over its edges", () => {
    for (let minute = 0; minute < 24 * 60; minute++) {
      const [block] = blocks([span("x", minute / 60, minute / 60 + 0.01)], 0, DAY_MS);
      expect(block?.left).toBeGreaterThanOrEqual(0);
      expect((block?.left ?? 0) + (block?.width ?? 0)).toBeLessThanOrEqual(100);
    }
  });

  test("joins marks that lie on each other, and loses none", () => {
    const moments = [1, 1.1, 1.2, 5, 30, -1].map((hours) => hours * HOUR_MS);
    const groups = groupMarks(moments, (moment) => moment, 0, DAY_MS);
    expect(groups.map(({ items }) => items.length)).toEqual([3, 1]);
    expect(groups[0]?.left).toBeCloseTo(4.167, 2);
  });

  test("is labelled from midnight to midnight", () => {
    const since_ms = new Date(2026, 10, 23).getTime();
    const ticks = hourTicks(since_ms, new Date(2026, 10, 24).getTime(), 6);
    expect(ticks.map(({ hour }) => hour)).toEqual([0, 6, 12, 18, 24]);
    expect(ticks.map(({ left }) => left)).toEqual([0, 25, 50, 75, 100]);
  });
});
