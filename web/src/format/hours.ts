// Counts per hour as a series without holes. Pure.
import type { HourCount } from "@/api/types";

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
