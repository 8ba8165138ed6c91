// A list of events as the cache holds it: newest first, in cursor order, each event once. Pure.
import type { EventPage, StoredEvent } from "./types";

export interface EventFilter {
  device_id?: string | undefined;
  type?: string | undefined;
  /** ISO moments by `occurred_at`, both inclusive as on the server. */
  since?: string | undefined;
  until?: string | undefined;
}

export interface Timeline {
  /** Newest (highest cursor) first. */
  events: StoredEvent[];
  /** Cursor to ask older events with; null when the oldest is here. */
  older: number | null;
}

export const EMPTY_TIMELINE: Timeline = { events: [], older: null };

export function matches(filter: EventFilter, event: StoredEvent): boolean {
  if (filter.device_id && event.device_id !== filter.device_id) return false;
  if (filter.type && event.type !== filter.type) return false;
  const occurred_ms = Date.parse(event.occurred_at);
  if (filter.since && occurred_ms < Date.parse(filter.since)) return false;
  return !(filter.until && occurred_ms > Date.parse(filter.until));
}

/** Both lists as one: by id once, by cursor downwards. Where an id is in both, `incoming` wins. */
export function mergeEvents(known: StoredEvent[], incoming: StoredEvent[]): StoredEvent[] {
  if (incoming.length === 0) return known;
  const byId = new Map(known.map((event) => [event.id, event]));
  for (const event of incoming) byId.set(event.id, event);
  return [...byId.values()].sort((a, b) => b.cursor - a.cursor);
}

/** Events that have just happened, or were caught up. Those below the loaded range belong to a page not yet asked. */
export function addNewer(timeline: Timeline, incoming: StoredEvent[], filter: EventFilter = {}): Timeline {
  const lowest = timeline.older === null ? Number.NEGATIVE_INFINITY : (timeline.events.at(-1)?.cursor ?? 0);
  const fitting = incoming.filter((event) => event.cursor >= lowest && matches(filter, event));
  if (fitting.length === 0) return timeline;
  return { ...timeline, events: mergeEvents(timeline.events, fitting) };
}

/** The next page downwards. */
export function addOlder(timeline: Timeline, page: EventPage): Timeline {
  return { events: mergeEvents(timeline.events, page.events), older: page.next };
}

export function newestCursor(events: StoredEvent[]): number | null {
  return events.reduce<number | null>((top, event) => (top === null || event.cursor > top ? event.cursor : top), null);
}

/** Keeps memory bounded on a page that stays open for weeks: drops the oldest, which can be asked again. */
export function trim(timeline: Timeline, limit: number): Timeline {
  if (timeline.events.length <= limit) return timeline;
  const events = timeline.events.slice(0, limit);
  return { events, older: events.at(-1)?.cursor ?? null };
}
