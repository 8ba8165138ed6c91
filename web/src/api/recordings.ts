// Recordings and stills as hooks, and what the live news about them change in the cache.
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { queryString, request } from "./http";
import { parseRecording, parseStill } from "./parse";
import { type RecordingFilter, withRecording, withStill } from "./recordingList";
import type { MediaRoom, Recording, RecordingDays, RecordingList, Still, StillList } from "./types";

const LIST = "recordings";
const ONE = "recording";
const DAYS = "recording-days";
const ROOM = "media-room";
const OF_EVENT = "recordings-of";
const STILLS_OF_EVENT = "stills-of";
const PAGE = 1000;
const ROOM_EVERY_MS = 60_000;
const AMOUNTS_AFTER_MS = 3000;

/** All that began within the filter's bounds, newest first, also the deleted ones. */
export function useRecordings(filter: RecordingFilter) {
  return useQuery({
    queryKey: [LIST, filter],
    queryFn: async ({ signal }): Promise<Recording[]> => {
      const all: Recording[] = [];
      let before: string | null = null;
      do {
        const page: RecordingList = await request<RecordingList>(
          `/api/recordings${queryString({ ...filter, before, limit: PAGE })}`,
          { signal },
        );
        all.push(...page.recordings);
        before = page.next;
      } while (before !== null);
      return all;
    },
  });
}

/** One recording; undefined while it is not known, null where there is no such one. */
export function useRecording(id: string | null): Recording | null | undefined {
  const { data, isError } = useQuery({
    queryKey: [ONE, id],
    enabled: id !== null,
    queryFn: ({ signal }) => request<Recording>(`/api/recordings/${id}`, { signal }),
  });
  return data ?? (isError ? null : undefined);
}

/** How much was recorded on each day between two days (`2026-11-01`), both inclusive. */
export function useRecordingDays(since: string, until: string, device_id: string | undefined) {
  return useQuery({
    queryKey: [DAYS, since, until, device_id ?? null],
    queryFn: async ({ signal }) => {
      const bounds = { since: new Date(`${since}T00:00`), until: new Date(`${until}T23:59:59.999`) };
      const params = {
        since: bounds.since.toISOString(),
        until: bounds.until.toISOString(),
        utc_offset_min: -bounds.since.getTimezoneOffset(),
        device_id,
      };
      return (await request<RecordingDays>(`/api/recordings/days${queryString(params)}`, { signal })).days;
    },
    placeholderData: (before) => before,
  });
}

export function useMediaRoom() {
  return useQuery({
    queryKey: [ROOM],
    queryFn: ({ signal }) => request<MediaRoom>("/api/media-room", { signal }),
    refetchInterval: ROOM_EVERY_MS,
  });
}

/** What shows an event: stills come within a second or two, the clip while it is recorded and after. */
export function useEvidence(event_id: string | undefined): { recordings: Recording[]; stills: Still[] } {
  const enabled = event_id !== undefined;
  const recordings = useQuery({
    queryKey: [OF_EVENT, event_id],
    enabled,
    queryFn: async ({ signal }) =>
      (await request<RecordingList>(`/api/recordings${queryString({ event_id })}`, { signal })).recordings,
  });
  const stills = useQuery({
    queryKey: [STILLS_OF_EVENT, event_id],
    enabled,
    queryFn: async ({ signal }) =>
      (await request<StillList>(`/api/stills${queryString({ event_id })}`, { signal })).stills,
  });
  return { recordings: recordings.data ?? [], stills: stills.data ?? [] };
}

/** Keeps a recording from being deleted, or no longer; or deletes it. Rejects with a `ProblemError` when it was refused. */
export function useChangeRecording() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...asked }: { id: string; what: "lock" | "unlock" | "delete" }) =>
      asked.what === "delete"
        ? request<Recording>(`/api/recordings/${id}`, { method: "DELETE" })
        : request<Recording>(`/api/recordings/${id}/lock`, { method: "POST", body: { locked: asked.what === "lock" } }),
    onSuccess: (recording) => receiveRecording(client, recording),
  });
}

let amountsTimer: ReturnType<typeof setTimeout> | undefined;

/** The news `recording`: into every list that has it or wants it. */
export function receiveRecording(client: QueryClient, payload: unknown): void {
  const news = parseRecording(payload);
  if (news === null) return;
  const isNew = client.getQueryData([ONE, news.id]) === undefined;
  client.setQueryData([ONE, news.id], news);
  // A clip that already ran shows an event, too, that did not cause it: which, only the server knows.
  if (isNew) void client.invalidateQueries({ queryKey: [OF_EVENT] });
  for (const [key, list] of client.getQueriesData<Recording[]>({ queryKey: [LIST] })) {
    if (list) client.setQueryData(key, withRecording(list, news, key[1] as RecordingFilter));
  }
  for (const [key, list] of client.getQueriesData<Recording[]>({ queryKey: [OF_EVENT] })) {
    const wants = news.cause.event_id === key[1] || list?.some(({ id }) => id === news.id);
    if (list && wants) client.setQueryData(key, withRecording(list, news));
  }
  // Amounts change with each of them: they are asked once for a whole burst.
  if (amountsTimer !== undefined) return;
  amountsTimer = setTimeout(() => {
    amountsTimer = undefined;
    void client.invalidateQueries({ queryKey: [DAYS] });
    void client.invalidateQueries({ queryKey: [ROOM] });
  }, AMOUNTS_AFTER_MS);
}

/** The news `still`. */
export function receiveStill(client: QueryClient, payload: unknown): void {
  const news = parseStill(payload);
  if (news === null) return;
  if (news.cause.event_id) {
    client.setQueryData<Still[]>([STILLS_OF_EVENT, news.cause.event_id], (list) => list && withStill(list, news));
  }
  void client.invalidateQueries({ queryKey: ["snapshot", news.device_id] });
}

/** Whatever came while nobody listened is asked for. */
export function askForRecordingsAgain(client: QueryClient): void {
  for (const key of [LIST, ONE, DAYS, ROOM, OF_EVENT, STILLS_OF_EVENT])
    void client.invalidateQueries({ queryKey: [key] });
}
