import { expect, test } from "vitest";
import { alertLink } from "@/format/links";
import { anAlert } from "@/testing/samples";
import { groupAlerts, loud, mergeAlerts } from "./alerts";

test("alerts of one sensor are one group, newest first", () => {
  const groups = groupAlerts([anAlert(1), anAlert(3), anAlert(2)]);
  expect(groups).toHaveLength(1);
  expect(groups[0]?.alerts.map(({ id }) => id)).toEqual([3, 2, 1]);
  expect(groups[0]?.latest.id).toBe(3);
});

test("two sensors of one device, and one sensor of two devices, are groups of their own", () => {
  const alerts = [anAlert(1), anAlert(2, { sensor: "button" }), anAlert(3, { device_id: "raspberry-02" })];
  expect(groupAlerts(alerts).map(({ key }) => key)).toEqual([
    "raspberry-02/motion",
    "raspberry-01/button",
    "raspberry-01/motion",
  ]);
});

test("a group with an open alert stands before newer ones that are acknowledged", () => {
  const alerts = [anAlert(1), anAlert(9, { sensor: "button", state: "acknowledged" })];
  const groups = groupAlerts(alerts);
  expect(groups.map(({ sensor }) => sensor)).toEqual(["motion", "button"]);
  expect(groups.map(({ open }) => open.length)).toEqual([1, 0]);
});

test("an acknowledged alert takes the place of the open one", () => {
  const merged = mergeAlerts([anAlert(2), anAlert(1)], [anAlert(1, { state: "acknowledged" })]);
  expect(merged.map(({ id, state }) => [id, state])).toEqual([
    [2, "open"],
    [1, "acknowledged"],
  ]);
});

test("a trouble is no alert of its sensor, and leads to what was refused", () => {
  const conflict = anAlert(2, { type: "event_conflict", event_id: "conflict:1" });
  expect(groupAlerts([anAlert(1), conflict]).map(({ key }) => key)).toEqual([
    "raspberry-01/event_conflict",
    "raspberry-01/motion",
  ]);
  expect(alertLink(conflict)).toBe("/system#refused");
  expect(alertLink(anAlert(1))).toContain("event=event-1");
});

test("an alert by a duress PIN is silent, whatever else it says", () => {
  const alerts = [anAlert(1), anAlert(2, { type: "duress" }), anAlert(3, { silent: true })];
  expect(loud(alerts).map(({ id }) => id)).toEqual([1]);
});
