import { describe, expect, test } from "vitest";
import { anEvent } from "@/testing/samples";
import { addNewer, addOlder, EMPTY_TIMELINE, matches, mergeEvents, newestCursor, trim } from "./timeline";

const cursors = (events: { cursor: number }[]) => events.map(({ cursor }) => cursor);

describe("a timeline", () => {
  test("an event that comes twice is listed once", () => {
    const once = addNewer(EMPTY_TIMELINE, [anEvent(7)]);
    expect(cursors(addNewer(once, [anEvent(7)]).events)).toEqual([7]);
  });

  test("events are in cursor order whatever order they come in", () => {
    const merged = mergeEvents([anEvent(3)], [anEvent(5), anEvent(1), anEvent(4)]);
    expect(cursors(merged)).toEqual([5, 4, 3, 1]);
  });

  test("a late event stands where its cursor says, not where its time says", () => {
    const late = anEvent(9, { occurred_at: "2026-11-20T00:00:00.000Z", late: true });
    expect(cursors(addNewer({ events: [anEvent(8)], older: null }, [late]).events)).toEqual([9, 8]);
  });

  test("an older page is added below and says where to go on", () => {
    const timeline = addOlder({ events: [anEvent(10)], older: 10 }, { events: [anEvent(9), anEvent(8)], next: 8 });
    expect(cursors(timeline.events)).toEqual([10, 9, 8]);
    expect(timeline.older).toBe(8);
  });

  test("an event below the loaded range waits for its page", () => {
    const timeline = { events: [anEvent(10)], older: 10 };
    expect(addNewer(timeline, [anEvent(4)])).toBe(timeline);
  });

  test("an event below the loaded range is taken when the list goes to the beginning", () => {
    expect(cursors(addNewer({ events: [anEvent(10)], older: null }, [anEvent(4)]).events)).toEqual([10, 4]);
  });

  test("only events that match the filter come in", () => {
    const filter = { device_id: "raspberry-02" };
    const incoming = [anEvent(1), anEvent(2, { device_id: "raspberry-02" })];
    expect(cursors(addNewer(EMPTY_TIMELINE, incoming, filter).events)).toEqual([2]);
  });

  test("a period holds both its ends", () => {
    const event = anEvent(1, { occurred_at: "2026-11-23T12:00:00.000Z" });
    expect(matches({ since: event.occurred_at, until: event.occurred_at }, event)).toBe(true);
    expect(matches({ since: "2026-11-23T12:00:00.001Z" }, event)).toBe(false);
    expect(matches({ until: "2026-11-23T11:59:59.999Z" }, event)).toBe(false);
  });

  test("a list that grew too long forgets its oldest and can ask for them again", () => {
    const timeline = trim({ events: [anEvent(3), anEvent(2), anEvent(1)], older: null }, 2);
    expect(cursors(timeline.events)).toEqual([3, 2]);
    expect(timeline.older).toBe(2);
  });

  test("the newest cursor of no events is unknown", () => {
    expect(newestCursor([])).toBeNull();
    expect(newestCursor([anEvent(2), anEvent(9), anEvent(4)])).toBe(9);
  });
});
