import { expect, test } from "vitest";
import { NOW_MS } from "@/testing/samples";
import { dataSize, dayName, duration, relativeTime } from "./time";

const DAY_MS = 86_400_000;
const plain = (text: string) => text.replaceAll(/\s/g, " ");

test("how long ago is said in both languages", () => {
  expect(relativeTime(NOW_MS - 12_000, NOW_MS, "en")).toBe("12 sec. ago");
  expect(plain(relativeTime(NOW_MS - 12_000, NOW_MS, "fr"))).toBe("il y a 12 s");
  expect(relativeTime(NOW_MS - 3 * 60_000, NOW_MS, "en")).toBe("3 min. ago");
  expect(plain(relativeTime(NOW_MS - 2 * DAY_MS, NOW_MS, "fr"))).toBe("avant-hier");
});

test("yesterday is the day before, however many hours ago", () => {
  const morning_ms = new Date(2026, 10, 23, 9).getTime();
  const twoEveningsAgo_ms = new Date(2026, 10, 21, 20).getTime();
  expect(relativeTime(twoEveningsAgo_ms, morning_ms, "en")).toBe("2 days ago");
  expect(relativeTime(new Date(2026, 10, 22, 8).getTime(), morning_ms, "en")).toBe("yesterday");
});

test("a moment slightly ahead of our clock is now", () => {
  expect(relativeTime(NOW_MS + 3000, NOW_MS, "en")).toBe("now");
  expect(relativeTime(NOW_MS + 3000, NOW_MS, "fr")).toBe("maintenant");
});

test("days have names, the last two their own", () => {
  const noon_ms = new Date(2026, 10, 23, 12).getTime();
  expect(dayName(noon_ms, noon_ms, "en")).toBe("Today");
  expect(dayName(noon_ms - DAY_MS, noon_ms, "fr")).toBe("Hier");
  expect(dayName(noon_ms - 2 * DAY_MS, noon_ms, "en")).toBe("Saturday 21 November");
  expect(dayName(noon_ms - 2 * DAY_MS, noon_ms, "fr")).toBe("Samedi 21 novembre");
});

test("the small hours belong to the day they are in", () => {
  const earlyToday_ms = new Date(2026, 10, 23, 0, 5).getTime();
  expect(dayName(earlyToday_ms - 10 * 60_000, earlyToday_ms, "en")).toBe("Yesterday");
});

test("durations show their two largest units", () => {
  expect(duration(0, "en")).toBe("0 s");
  expect(duration(0.02, "en")).toBe("20 ms");
  expect(duration(0.5, "fr")).toBe("0,5 s");
  expect(duration(200, "en")).toBe("3 min 20 s");
  expect(duration(7200, "en")).toBe("2 h");
  expect(duration(3 * 86_400 + 4 * 3600 + 59, "fr")).toBe("3 j 4 h");
});

test("sizes are told in each language's own units", () => {
  expect(dataSize(12_884_901_888, "en")).toBe("12.9 GB");
  expect(plain(dataSize(12_884_901_888, "fr"))).toBe("12,9 Go");
  expect(dataSize(0, "en")).toBe("0 B");
});
