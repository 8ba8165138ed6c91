import { expect, test } from "vitest";
import { anEvent } from "@/testing/samples";
import { holdBack, neighbours, toRows } from "./rows";

const noon = (day: number) => new Date(2026, 10, day, 12).toISOString();

test("a heading stands above the events of each day", () => {
  const rows = toRows([
    anEvent(3, { received_at: noon(23) }),
    anEvent(2, { received_at: noon(22) }),
    anEvent(1, { received_at: noon(22) }),
  ]);
  expect(rows.map(({ kind }) => kind)).toEqual(["day", "event", "day", "event", "event"]);
});

test("a late event stays under the day on which it arrived", () => {
  const late = anEvent(2, { occurred_at: noon(20), received_at: noon(23), late: true });
  expect(toRows([anEvent(3, { received_at: noon(23) }), late]).filter(({ kind }) => kind === "day")).toHaveLength(1);
});

test("events that come while one reads are held back and counted", () => {
  const events = [anEvent(5), anEvent(4), anEvent(3)];
  expect(holdBack(events, 3)).toEqual({ shown: [anEvent(3)], held: 2 });
  expect(holdBack(events, null).held).toBe(0);
  expect(holdBack(events, 5).held).toBe(0);
});

test("an event knows the one above and the one below it", () => {
  const events = [anEvent(3), anEvent(2), anEvent(1)];
  expect(neighbours(events, "event-2")).toEqual({ newer: anEvent(3), older: anEvent(1) });
  expect(neighbours(events, "event-3")).toEqual({ older: anEvent(2) });
  expect(neighbours(events, "gone")).toEqual({});
});
