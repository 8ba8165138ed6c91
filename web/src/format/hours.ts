// Counts per hour as a series without holes. Pure.
import type { HourCount, StoredEvent } from "@/api/types";

const HOUR_MS = 3_600_000;

export interface HourBar {
  start_ms: number;
  count: number;
}

/** The last `hours` hours up to now, oldest first, empty ones as 0; of one type if `type` is given. */
export function toHourBars(counts: HourCount[], hours: number, now_ms: number, type = ""): HourBar[] {
  const last_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS;
  const sums = new Map<number, number>();
  for (const { hour, type: counted, count } of counts) {
    if (type && counted !== type) continue;
    const start_ms = Date.parse(hour);
    sums.set(start_ms, (sums.get(start_ms) ?? 0) + count);
  }
  return Array.from({ length: hours }, (_, index) => {
    const start_ms = last_ms - (hours - 1 - index) * HOUR_MS;
    return { start_ms, count: sums.get(start_ms) ?? 0 };
  });
}

/** The counts with one more event in them: an estimate until the server is asked again. */
export function countEvent(counts: HourCount[], event: StoredEvent): HourCount[] {
  const { device_id, type } = event;
  const start_ms = Math.floor(Date.parse(event.occurred_at) / HOUR_MS) * HOUR_MS;
  const same = (count: HourCount) =>
    count.device_id === device_id && count.type === type && Date.parse(count.hour) === start_ms;
  if (counts.some(same)) return counts.map((count) => (same(count) ? { ...count, count: count.count + 1 } : count));
  return [...counts, { hour: new Date(start_ms).toISOString(), device_id, type, count: 1 }];
}
