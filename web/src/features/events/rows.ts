// The lines of the virtual list: events under day headings, and those held back while one reads further down. Pure.
import type { StoredEvent } from "@/api/types";
import { localDay } from "@/format/time";

export type Row = { kind: "day"; key: string; moment: string } | { kind: "event"; key: string; event: StoredEvent };

/** Days go by arrival: the list is in order of arrival, and a late event must not open an old day twice. */
export function toRows(events: StoredEvent[]): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const event of events) {
    const arrived = localDay(event.received_at);
    if (arrived !== day) {
      rows.push({ kind: "day", key: `day/${arrived}`, moment: event.received_at });
      day = arrived;
    }
    rows.push({ kind: "event", key: event.id, event });
  }
  return rows;
}

/** Splits off what came after `hold` (a cursor): shown later, so that the list does not move under the reader's eyes. */
export function holdBack(events: StoredEvent[], hold: number | null): { shown: StoredEvent[]; held: number } {
  if (hold === null) return { shown: events, held: 0 };
  const first = events.findIndex((event) => event.cursor <= hold);
  if (first <= 0) return { shown: events, held: 0 };
  return { shown: events.slice(first), held: first };
}

/** The neighbours of an event in a list that is newest first. */
export function neighbours(events: StoredEvent[], id: string): { newer?: StoredEvent; older?: StoredEvent } {
  const index = events.findIndex((event) => event.id === id);
  if (index === -1) return {};
  const [newer, older] = [events[index - 1], events[index + 1]];
  return { ...(newer && { newer }), ...(older && { older }) };
}
