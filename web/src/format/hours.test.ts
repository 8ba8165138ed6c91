import { expect, test } from "vitest";
import { anEvent, NOW, NOW_MS } from "@/testing/samples";
import { countEvent, toHourBars } from "./hours";

const AT_NOON = { hour: NOW, device_id: "raspberry-01", type: "motion_detected", count: 2 };

test("hours without events are there, with nothing in them", () => {
  const bars = toHourBars([AT_NOON], 3, NOW_MS + 1000);
  expect(bars.map(({ count }) => count)).toEqual([0, 0, 2]);
});

test("devices and types of one hour add up, or one type alone is counted", () => {
  const counts = [AT_NOON, { ...AT_NOON, device_id: "raspberry-02" }, { ...AT_NOON, type: "button_pressed" }];
  expect(toHourBars(counts, 1, NOW_MS)[0]?.count).toBe(6);
  expect(toHourBars(counts, 1, NOW_MS, "motion_detected")[0]?.count).toBe(4);
});

test("a live event counts in its own hour at once", () => {
  expect(countEvent([AT_NOON], anEvent(1))[0]?.count).toBe(3);
  expect(countEvent([], anEvent(1))).toEqual([{ ...AT_NOON, count: 1 }]);
});
