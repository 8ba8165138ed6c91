// The filtered history as a file, made in the browser from the same API.
import { queryString, request } from "@/api/http";
import type { EventFilter } from "@/api/timeline";
import type { EventPage, StoredEvent } from "@/api/types";

const PAGE = 1000;
export const EXPORT_LIMIT = 100_000;

const COLUMNS = [
  "id",
  "type",
  "device_id",
  "sensor",
  "occurred_at",
  "received_at",
  "clock",
  "late",
  "stream_id",
  "seq",
  "cursor",
] as const;

/** RFC 4180, with the details as JSON in the last column. */
export function toCsv(events: StoredEvent[]): string {
  const lines = events.map((event) =>
    [...COLUMNS.map((column) => event[column]), JSON.stringify(event.details ?? {})].map(cell).join(","),
  );
  return `${[[...COLUMNS, "details"].join(","), ...lines].join("\r\n")}\r\n`;
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  // A text that begins like a formula would be run by a spreadsheet; it may come from a stranger's sensor.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** All events that match, newest first, at most `EXPORT_LIMIT`. */
export async function fetchAll(filter: EventFilter): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  let before: number | null = null;
  do {
    const page: EventPage = await request<EventPage>(`/api/events${queryString({ ...filter, before, limit: PAGE })}`);
    all.push(...page.events);
    before = page.next;
  } while (before !== null && all.length < EXPORT_LIMIT);
  return all;
}

export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
