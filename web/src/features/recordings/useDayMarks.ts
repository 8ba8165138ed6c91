// The detections of a day, and which of them opened an alert: the marks on its line.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { queryString, request } from "@/api/http";
import { useAlerts, useSite } from "@/api/queries";
import type { EventPage, StoredEvent } from "@/api/types";
import { dayBounds } from "./dayGrid";

const EVERY_MS = 30_000;
const MOST_MARKS = 1000;
const NONE: StoredEvent[] = [];

export interface DayMarks {
  events: StoredEvent[];
  /** Ids of events. */
  alerts: ReadonlySet<string>;
}

export function useDayMarks(day: string, device_id: string | undefined, growing: boolean): DayMarks {
  const kinds = useSite().data?.sensor_kinds;
  const alerts = useAlerts().data;
  const { data = NONE } = useQuery({
    queryKey: ["day-events", day, device_id ?? null],
    refetchInterval: growing ? EVERY_MS : false,
    queryFn: async ({ signal }) => {
      const { since_ms, until_ms } = dayBounds(day);
      const bounds = { since: new Date(since_ms).toISOString(), until: new Date(until_ms - 1).toISOString() };
      const page = await request<EventPage>(`/api/events${queryString({ ...bounds, device_id, limit: MOST_MARKS })}`, {
        signal,
      });
      return page.events;
    },
  });
  return useMemo(() => {
    const detections = new Set(kinds?.map(({ active_type }) => active_type));
    return {
      events: data.filter(({ type }) => detections.has(type)),
      alerts: new Set(alerts?.map(({ event_id }) => event_id)),
    };
  }, [data, kinds, alerts]);
}
