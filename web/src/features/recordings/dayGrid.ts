// A month as rows of weeks, with how much was recorded on each day. Pure; days are `2026-11-23`, in local time.
import type { RecordingDay } from "@/api/types";
import { localDay } from "@/format/time";

export interface DayCell {
  day: string;
  /** Day of the month. */
  number: number;
  count: number;
  duration_s: number;
  /** Share of the month's busiest day, 0 to 1: how long its bar is. */
  share: number;
}

type DayAmount = Pick<RecordingDay, "day" | "count" | "duration_s">;

/** Weeks from Monday on, null where the month has no such day. */
export function monthGrid(month: string, amounts: readonly DayAmount[]): (DayCell | null)[][] {
  const [year, index] = partsOf(month);
  const byDay = new Map(amounts.map((amount) => [amount.day, amount]));
  const busiest = Math.max(1, ...amounts.filter(({ day }) => day.startsWith(month)).map(({ count }) => count));
  const length = new Date(year, index + 1, 0).getDate();
  const mondayFirst = (new Date(year, index, 1).getDay() + 6) % 7;
  const cells: (DayCell | null)[] = Array.from({ length: mondayFirst }, () => null);
  for (let number = 1; number <= length; number++) {
    const day = `${month}-${String(number).padStart(2, "0")}`;
    const { count = 0, duration_s = 0 } = byDay.get(day) ?? {};
    cells.push({ day, number, count, duration_s, share: count / busiest });
  }
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** `2026-11` of `2026-11-23` */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

export function monthAfter(month: string, months: number): string {
  const [year, index] = partsOf(month);
  return monthOf(localDay(new Date(year, index + months, 1).getTime()));
}

/** The day so many days after `day`. */
export function dayAfter(day: string, days: number): string {
  const [year, index] = partsOf(day);
  return localDay(new Date(year, index, Number(day.slice(8, 10)) + days).getTime());
}

/** From midnight to midnight, local time: a day of 23 or 25 hours is that long. */
export function dayBounds(day: string): { since_ms: number; until_ms: number } {
  const [year, index] = partsOf(day);
  const number = Number(day.slice(8, 10));
  return { since_ms: new Date(year, index, number).getTime(), until_ms: new Date(year, index, number + 1).getTime() };
}

/** Whether it is a day at all: addresses are typed by people. */
export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && dayAfter(text, 0) === text;
}

function partsOf(day: string): [year: number, monthIndex: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1];
}

/** What an arrow key in the grid leads to, or null when it leads nowhere. */
export function dayOfKey(key: string, day: string): string | null {
  if (key === "ArrowLeft") return dayAfter(day, -1);
  if (key === "ArrowRight") return dayAfter(day, 1);
  if (key === "ArrowUp") return dayAfter(day, -7);
  if (key === "ArrowDown") return dayAfter(day, 7);
  if (key === "PageUp") return sameDayOf(day, -1);
  return key === "PageDown" ? sameDayOf(day, 1) : null;
}

/** The same number in another month, or that month's last day. */
function sameDayOf(day: string, months: number): string {
  const month = monthAfter(monthOf(day), months);
  const last = Number(dayAfter(`${monthAfter(month, 1)}-01`, -1).slice(8, 10));
  return `${month}-${String(Math.min(last, Number(day.slice(8, 10)))).padStart(2, "0")}`;
}
