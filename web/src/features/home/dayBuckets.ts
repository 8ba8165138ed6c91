// The last 24 hours as columns: how many events, and which alerts. Pure.
import type { Alert, HourCount } from "@/api/types";
import { toHourBars } from "@/format/hours";

const HOUR_MS = 3_600_000;
export const STRIP_HOURS = 24;

export interface HourColumn {
  start_ms: number;
  end_ms: number;
  count: number;
  alerts: number;
  open: number;
}

export function toColumns(counts: HourCount[], alerts: Alert[], now_ms: number): HourColumn[] {
  const columns = toHourBars(counts, STRIP_HOURS, now_ms).map(({ start_ms, count }) => ({
    start_ms,
    end_ms: start_ms + HOUR_MS,
    count,
    alerts: 0,
    open: 0,
  }));
  const first_ms = columns[0]?.start_ms ?? 0;
  for (const alert of alerts) {
    const column = columns[Math.floor((Date.parse(alert.occurred_at) - first_ms) / HOUR_MS)];
    if (column === undefined) continue;
    column.alerts += 1;
    if (alert.state === "open") column.open += 1;
  }
  return columns;
}
