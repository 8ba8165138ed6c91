// The open event: its id is in the address, with its moment, so that it is found however old it is.
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { queryString, request } from "@/api/http";
import type { EventPage, StoredEvent } from "@/api/types";

export interface OpenEvent {
  id: string | null;
  event: StoredEvent | undefined;
  /** The address names an event that the server does not have. */
  missing: boolean;
  link: (event: Pick<StoredEvent, "id" | "occurred_at">) => string;
  go: (event: StoredEvent) => void;
  close: () => void;
}

export function useOpenEvent(events: StoredEvent[]): OpenEvent {
  const [search, setSearch] = useSearchParams();
  const id = search.get("event");
  const at = search.get("at");
  const loaded = id === null ? undefined : events.find((event) => event.id === id);

  const asked = useQuery({
    queryKey: ["event", id, at],
    enabled: id !== null && at !== null && loaded === undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const page = await request<EventPage>(`/api/events${queryString({ since: at, until: at, limit: 1000 })}`, {
        signal,
      });
      return page.events.find((event) => event.id === id) ?? null;
    },
  });

  const link = useCallback(
    (event: Pick<StoredEvent, "id" | "occurred_at">) => {
      const next = new URLSearchParams(search);
      next.set("event", event.id);
      next.set("at", event.occurred_at);
      return `/events?${next}`;
    },
    [search],
  );

  return {
    id,
    event: loaded ?? asked.data ?? undefined,
    missing: id !== null && loaded === undefined && (at === null || asked.data === null || asked.isError),
    link,
    go: (event) =>
      setSearch(
        (now) => {
          now.set("event", event.id);
          now.set("at", event.occurred_at);
          return now;
        },
        { replace: true, preventScrollReset: true },
      ),
    close: () =>
      setSearch(
        (now) => {
          now.delete("event");
          now.delete("at");
          return now;
        },
        { replace: true, preventScrollReset: true },
      ),
  };
}
