// The server's state as hooks. Emits (live.ts) write into the same cache under the same keys.
import { QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { loud, mergeAlerts } from "./alerts";
import { connection, useConnection } from "./connection";
import { EventFeed, TIMELINE_KEY } from "./eventFeed";
import type { SeenDevice } from "./freshness";
import { queryString, request } from "./http";
import { addNewer, addOlder, EMPTY_TIMELINE, type EventFilter, mergeEvents, type Timeline } from "./timeline";
import type { Alert, AlertList, DeviceList, EventPage, HourCounts, ModeState, Site, StoredEvent } from "./types";

export const keys = {
  site: ["site"],
  mode: ["mode"],
  guard: ["guard"],
  devices: ["devices"],
  alerts: ["alerts"],
  hours: ["hours"],
} as const;

const SITE_EVERY_MS = 5000;
const SITE_TIMEOUT_MS = 4000;
const SITE_WHEN_FAILING_MS = 3000;
const DEVICES_EVERY_MS = 30_000;
const PAGE = 100;
const OLDER_AGAIN_MS = 3000;
const ACKNOWLEDGE_AT_ONCE = 6;
const LATEST_ALERTS = 200;

export const queryClient = new QueryClient({
  defaultOptions: {
    // "always": this site is local, it may answer while the browser believes to be offline. No retries: the site poll
    // and the socket tell when the server is back, and live.ts then asks again for whatever failed.
    queries: { networkMode: "always", retry: false, staleTime: 5000 },
    mutations: { networkMode: "always", retry: false },
  },
});

export const feed = new EventFeed(queryClient);

/** Version, bridge, broker, sensor kinds; polled, so it is also the proof that the server answers. */
export function useSite() {
  const { requests } = useConnection();
  return useQuery({
    queryKey: keys.site,
    queryFn: async ({ signal }) => {
      const asked_ms = Date.now();
      const site = await request<Site>("/api/site", { signal, timeout_ms: SITE_TIMEOUT_MS });
      const halfway_ms = (asked_ms + Date.now()) / 2;
      connection.set({ clockOffset_ms: Date.parse(site.now) - halfway_ms });
      return site;
    },
    refetchInterval: requests === "failing" ? SITE_WHEN_FAILING_MS : SITE_EVERY_MS,
    refetchIntervalInBackground: true,
  });
}

export function useMode() {
  return useQuery({
    queryKey: keys.mode,
    queryFn: ({ signal }) => request<ModeState>("/api/mode", { signal }),
    refetchInterval: DEVICES_EVERY_MS,
  });
}

export function useDevices() {
  return useQuery({
    queryKey: keys.devices,
    queryFn: async ({ signal }): Promise<SeenDevice[]> => {
      const { devices } = await request<DeviceList>("/api/devices", { signal });
      const seenAt_ms = Date.now();
      return devices.map((device) => ({ ...device, seenAt_ms }));
    },
    refetchInterval: DEVICES_EVERY_MS,
    select: pisFirst,
  });
}

/** By name, as the server gives them, but other makers' sensors, which only send events, after the Pis. */
function pisFirst(devices: SeenDevice[]): SeenDevice[] {
  const eventsOnly = ({ state }: SeenDevice) => Number(state === "unknown");
  return [...devices].sort((a, b) => eventsOnly(a) - eventsOnly(b));
}

/** The device of that name, from the same cache as the list; `undefined` while loading or when there is none. */
export function useDevice(device_id: string | undefined): SeenDevice | undefined {
  return useDevices().data?.find((device) => device.device_id === device_id);
}

const alertsOptions = queryOptions({
  queryKey: keys.alerts,
  // All open ones however old they are, and the latest of any state.
  queryFn: async ({ signal }): Promise<Alert[]> => {
    const lists = await Promise.all([
      request<AlertList>("/api/alerts?state=open&limit=1000", { signal }),
      request<AlertList>(`/api/alerts?limit=${LATEST_ALERTS}`, { signal }),
    ]);
    return mergeAlerts(
      [],
      lists.flatMap(({ alerts }) => alerts),
    );
  },
  refetchInterval: DEVICES_EVERY_MS,
});

/** Without the silent ones: what may be seen and heard anywhere. */
export function useAlerts() {
  return useQuery({ ...alertsOptions, select: loud });
}

/** For the page of the alerts alone. */
export function useAllAlerts() {
  return useQuery(alertsOptions);
}

/** The alert that an event opened; null if it opened none, undefined when the list does not reach back that far. */
export function alertOf(event: StoredEvent, alerts: Alert[] | undefined): Alert | null | undefined {
  if (alerts === undefined) return undefined;
  const alert = alerts.find(({ event_id }) => event_id === event.id);
  if (alert) return alert;
  const oldest = alerts[LATEST_ALERTS - 1];
  return oldest && event.received_at <= oldest.opened_at ? undefined : null;
}

/** Acknowledges alerts by id, a few at a time; what was acknowledged stays so when a later one fails. */
export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: number[]) => {
      const waiting = [...ids];
      const work = async () => {
        for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
          const alert = await request<Alert>(`/api/alerts/${id}/acknowledge`, { method: "POST" });
          client.setQueryData<Alert[]>(keys.alerts, (alerts) => mergeAlerts(alerts ?? [], [alert]));
        }
      };
      await Promise.all(Array.from({ length: ACKNOWLEDGE_AT_ONCE }, work));
    },
  });
}

/** Events per hour, device and type, for the last `hours`. */
export function useHours(hours: number, device_id?: string) {
  return useQuery({
    queryKey: [...keys.hours, hours, device_id ?? null],
    queryFn: async ({ signal }) =>
      (await request<HourCounts>(`/api/stats/hours${queryString({ hours, device_id })}`, { signal })).hours,
    refetchInterval: 60_000,
  });
}

export function timelineOptions(filter: EventFilter) {
  return queryOptions({
    queryKey: [TIMELINE_KEY, filter],
    queryFn: async ({ signal }): Promise<Timeline> => {
      const page = await request<EventPage>(`/api/events${queryString({ ...filter, limit: PAGE })}`, { signal });
      const asked: Timeline = { events: mergeEvents([], page.events), older: page.next };
      return addNewer(asked, feed.recent, filter);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** A live list of events: newest first, `loadOlder` pages downwards. */
export function useTimeline(filter: EventFilter) {
  const client = useQueryClient();
  const options = timelineOptions(filter);
  const query = useQuery(options);
  const [loadingOlder, setLoadingOlder] = useState(false);
  const timeline = query.data ?? EMPTY_TIMELINE;

  const loadOlder = useCallback(async () => {
    const before = client.getQueryData(options.queryKey)?.older ?? null;
    if (before === null || loadingOlder) return;
    setLoadingOlder(true);
    try {
      const page = await request<EventPage>(`/api/events${queryString({ ...filter, before, limit: PAGE })}`);
      client.setQueryData(options.queryKey, (now) => now && addOlder(now, page));
    } catch {
      // The list asks again by itself while its end is in sight: not at once, the server may be in trouble.
      await new Promise((resolve) => setTimeout(resolve, OLDER_AGAIN_MS));
    } finally {
      setLoadingOlder(false);
    }
  }, [client, options.queryKey, filter, loadingOlder]);

  return { ...query, events: timeline.events, hasOlder: timeline.older !== null, loadOlder, loadingOlder };
}
