import { describe, expect, test } from "vitest";
import { dayAfter, dayBounds, dayOfKey, isDay, monthAfter, monthGrid } from "./dayGrid";

describe("the month", () => {
  test("has each of its days once, in weeks that begin on Monday", () => {
    for (let months = 0; months < 60; months++) {
      const month = monthAfter("2024-01", months);
      const weeks = monthGrid(month, []);
      expect(weeks.every((week) => week.length === 7)).toBe(true);
      const days = weeks.flat().flatMap((cell) => (cell ? [cell.number] : []));
      const length = new Date(Number(month.slice(0, 4)), Number(month.slice(5)), 0).getDate();
      expect(days).toEqual(Array.from({ length }, (_, index) => index + 1));
      weeks.forEach((week) => {
        week.forEach((cell, index) => {
          if (cell) expect((new Date(`${cell.day}T12:00`).getDay() + 6) % 7, cell.day).toBe(index);
        });
      });
    }
  });

  test("darkens its days by the busiest of them, not by another month's", () => {
    const amounts = [
      { day: "2026-11-03", count: 2, duration_s: 20 },
      { day: "2026-11-29", count: 8, duration_s: 80 },
      { day: "2026-10-01", count: 100, duration_s: 1 },
    ];
    const cells = monthGrid("2026-11", amounts).flat();
    const shares = Object.fromEntries(
      cells.flatMap((cell) => (cell && cell.count > 0 ? [[cell.number, cell.share]] : [])),
    );
    expect(shares).toEqual({ 3: 0.25, 29: 1 });
    expect(cells.find((cell) => cell?.number === 4)).toMatchObject({ count: 0, duration_s: 0, share: 0 });
  });
});

test("months and days go over the year's end", () => {
  expect(monthAfter("2026-12", 1)).toBe("2027-01");
  expect(monthAfter("2026-01", -1)).toBe("2025-12");
  expect(dayAfter("2026-12-31", 1)).toBe("2027-01-01");
  expect(dayAfter("2024-02-28", 1)).toBe("2024-02-29");
});

test("a day reaches from midnight to midnight", () => {
  const { since_ms, until_ms } = dayBounds("2026-11-23");
  expect(new Date(since_ms).getHours()).toBe(0);
  expect(until_ms).toBe(dayBounds("2026-11-24").since_ms);
});

test("only real days are days", () => {
  expect(["2026-11-23", "2024-02-29"].every(isDay)).toBe(true);
  expect(["2026-02-30", "2026-13-01", "today", "", null].some(isDay)).toBe(false);
});

test("arrows move by days and weeks, page keys by months", () => {
  expect(dayOfKey("ArrowLeft", "2026-11-01")).toBe("2026-10-31");
  expect(dayOfKey("ArrowDown", "2026-11-27")).toBe("2026-12-04");
  expect(dayOfKey("PageDown", "2026-01-31")).toBe("2026-02-28");
  expect(dayOfKey("PageUp", "2026-01-15")).toBe("2025-12-15");
  expect(dayOfKey("x", "2026-01-15")).toBeNull();
});
