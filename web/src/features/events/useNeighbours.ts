// The events above and below the open one: from the list, and where the list ends from the server.
import { useQuery } from "@tanstack/react-query";
import { queryString, request } from "@/api/http";
import type { EventFilter } from "@/api/timeline";
import type { EventPage, StoredEvent } from "@/api/types";
import { neighbours } from "./rows";

export interface Neighbours {
  newer?: StoredEvent | undefined;
  older?: StoredEvent | undefined;
}

export function useNeighbours(event: StoredEvent | undefined, events: StoredEvent[], filter: EventFilter): Neighbours {
  const near = event ? neighbours(events, event.id) : {};
  const asked = useQuery({
    queryKey: ["neighbours", filter, event?.cursor],
    enabled: event !== undefined && (near.newer === undefined || near.older === undefined),
    queryFn: async ({ signal }): Promise<Neighbours> => {
      const ask = (place: Record<string, number | undefined>) =>
        request<EventPage>(`/api/events${queryString({ ...filter, ...place, limit: 1 })}`, { signal });
      const [above, below] = await Promise.all([ask({ after: event?.cursor }), ask({ before: event?.cursor })]);
      return { newer: above.events[0], older: below.events[0] };
    },
  }).data;
  return { newer: near.newer ?? asked?.newer, older: near.older ?? asked?.older };
}
