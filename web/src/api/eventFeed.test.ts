import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test, vi } from "vitest";
import { anEvent } from "@/testing/samples";
import { EventFeed, TIMELINE_KEY } from "./eventFeed";
import type { Timeline } from "./timeline";
import type { EventPage, StoredEvent } from "./types";

/** A server's history, asked as `/api/events` is. */
class History {
  events: StoredEvent[] = [];
  asked: string[] = [];
  pageSize = 1000;
  failing = false;
  whileAsked: () => void = () => undefined;

  fetchPage = async (params: string): Promise<EventPage> => {
    this.asked.push(params);
    if (this.failing) throw new Error("unreachable");
    const search = new URLSearchParams(params);
    const after = search.get("after");
    const limit = Math.min(this.pageSize, Number(search.get("limit")));
    const found =
      after === null ? [...this.events].reverse() : this.events.filter(({ cursor }) => cursor > Number(after));
    const events = found.slice(0, limit);
    this.whileAsked();
    return { events, next: found.length > limit ? (events.at(-1)?.cursor ?? null) : null };
  };
}

let client: QueryClient;
let history: History;
let feed: EventFeed;

beforeEach(() => {
  client = new QueryClient();
  history = new History();
  feed = new EventFeed(client, history.fetchPage);
});

function shown(filter: object = {}): number[] | undefined {
  return client.getQueryData<Timeline>([TIMELINE_KEY, filter])?.events.map(({ cursor }) => cursor);
}

function load(events: StoredEvent[], filter: object = {}): void {
  client.setQueryData<Timeline>([TIMELINE_KEY, filter], { events, older: null });
}

test("the first connect takes the newest page and knows where to go on", async () => {
  history.events = [anEvent(1), anEvent(2)];
  load([]);
  await feed.catchUp();
  expect(shown()).toEqual([2, 1]);
  expect(feed.syncedCursor).toBe(2);
});

test("what happened while the socket was down is asked for after the last cursor", async () => {
  history.events = [anEvent(1)];
  load([anEvent(1)]);
  await feed.catchUp();
  history.events.push(anEvent(2), anEvent(3));
  await feed.catchUp();
  expect(history.asked.at(-1)).toBe("after=1&limit=1000");
  expect(shown()).toEqual([3, 2, 1]);
});

test("a gap of several pages is filled page by page", async () => {
  history.events = [anEvent(1)];
  load([anEvent(1)]);
  await feed.catchUp();
  history.pageSize = 2;
  history.events.push(...[2, 3, 4, 5].map((cursor) => anEvent(cursor)));
  await feed.catchUp();
  expect(shown()).toEqual([5, 4, 3, 2, 1]);
});

test("an emit that overtakes the catch-up leaves no hole below it", async () => {
  history.events = [anEvent(1)];
  load([anEvent(1)]);
  await feed.catchUp();
  history.events.push(anEvent(2));
  history.failing = true;
  history.whileAsked = () => undefined;
  const failed = feed.catchUp();
  feed.receive(anEvent(5));
  await expect(failed).rejects.toThrow("unreachable");
  expect(feed.syncedCursor).toBe(1);
  history.failing = false;
  history.events.push(anEvent(5));
  await feed.catchUp();
  expect(shown()).toEqual([5, 2, 1]);
  expect(feed.syncedCursor).toBe(5);
});

test("an emit goes into every list that it matches and into no other", async () => {
  load([], {});
  load([], { device_id: "raspberry-02" });
  await feed.catchUp();
  feed.receive(anEvent(4, { device_id: "raspberry-02" }));
  feed.receive(anEvent(5, { device_id: "raspberry-01" }));
  expect(shown()).toEqual([5, 4]);
  expect(shown({ device_id: "raspberry-02" })).toEqual([4]);
});

test("a server whose history begins anew is asked anew", async () => {
  history.events = [anEvent(50)];
  load([anEvent(50)]);
  await feed.catchUp();
  history.events = [anEvent(1, { id: "other" })];
  await feed.catchUp();
  expect(feed.syncedCursor).toBe(1);
});

test("an emit that was lost is asked for when the next one leaves a hole", async () => {
  vi.useFakeTimers();
  history.events = [anEvent(1)];
  load([anEvent(1)]);
  await feed.catchUp();
  history.events.push(anEvent(2), anEvent(3));
  feed.receive(anEvent(3));
  expect(feed.syncedCursor).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(shown()).toEqual([3, 2, 1]);
  expect(feed.syncedCursor).toBe(3);
  vi.useRealTimers();
});

test("emits that follow each other ask nothing", async () => {
  history.events = [anEvent(1)];
  await feed.catchUp();
  feed.receive(anEvent(2));
  feed.receive(anEvent(3));
  expect(feed.syncedCursor).toBe(3);
  expect(history.asked).toHaveLength(1);
});

test("two connects at once ask once", async () => {
  await Promise.all([feed.catchUp(), feed.catchUp()]);
  expect(history.asked).toHaveLength(1);
});
