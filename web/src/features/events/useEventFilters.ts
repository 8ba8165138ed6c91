// The filters of the Events page. They live in the address: device, type, and a period or since/until.
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { serverNow_ms } from "@/api/connection";
import type { EventFilter } from "@/api/timeline";

export const PERIODS = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 } as const;
export type Period = keyof typeof PERIODS;
export type ShownPeriod = Period | "all" | "custom";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export interface EventFilters {
  filter: EventFilter;
  device: string;
  type: string;
  period: ShownPeriod;
  since: string;
  until: string;
  active: boolean;
  change: (params: Record<string, string | null>) => void;
  clear: () => void;
}

function isPeriod(text: string | null): text is Period {
  return text !== null && text in PERIODS;
}

/** An ISO moment, or nothing when the address holds something else. */
function moment(text: string | null): string {
  return text && !Number.isNaN(Date.parse(text)) ? text : "";
}

export function useEventFilters(): EventFilters {
  const [search, setSearch] = useSearchParams();
  const device = search.get("device") ?? "";
  const type = search.get("type") ?? "";
  const since = moment(search.get("since"));
  const until = moment(search.get("until"));
  const asked = search.get("period");
  const period: ShownPeriod = isPeriod(asked) ? asked : asked === "custom" || since || until ? "custom" : "all";

  const filter = useMemo<EventFilter>(() => {
    const made: EventFilter = {};
    if (device) made.device_id = device;
    if (type) made.type = type;
    if (period === "custom") {
      if (since) made.since = since;
      if (until) made.until = until;
    } else if (period !== "all") {
      // Fixed when it is chosen, to the minute: a start that moves on would be a new list every second.
      const from_ms = serverNow_ms() - PERIODS[period] * HOUR_MS;
      made.since = new Date(Math.floor(from_ms / MINUTE_MS) * MINUTE_MS).toISOString();
    }
    return made;
  }, [device, type, period, since, until]);

  return {
    filter,
    device,
    type,
    period,
    since,
    until,
    active: device !== "" || type !== "" || period !== "all",
    change: (params) =>
      setSearch(
        (now) => {
          for (const [name, value] of Object.entries(params)) {
            if (value) now.set(name, value);
            else now.delete(name);
          }
          return now;
        },
        { replace: true },
      ),
    clear: () => setSearch({}, { replace: true }),
  };
}
