// Recordings as a list in the cache: newest first, each once. Pure.
import type { Recording, Still } from "./types";

/** What a list was asked with; moments are ISO. */
export interface RecordingFilter {
  device_id?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** When it began; where the Pi did not know the time, when the server first heard of it. */
export function beganAt(recording: Pick<Recording, "started_at" | "received_at">): string {
  return recording.started_at ?? recording.received_at;
}

export function endedAt_ms(recording: Recording): number {
  return Date.parse(beganAt(recording)) + recording.duration_s * 1000;
}

export function fits(filter: RecordingFilter, recording: Recording): boolean {
  if (filter.device_id && recording.device_id !== filter.device_id) return false;
  const began_ms = Date.parse(beganAt(recording));
  if (filter.since && began_ms < Date.parse(filter.since)) return false;
  return !(filter.until && began_ms > Date.parse(filter.until));
}

/** The list with what has become of one of its recordings, or with a new one. */
export function withRecording(list: Recording[], news: Recording, filter: RecordingFilter = {}): Recording[] {
  const known = list.some(({ id }) => id === news.id);
  if (!known && !fits(filter, news)) return list;
  const others = list.filter(({ id }) => id !== news.id);
  return [...others, news].sort(newestFirst);
}

/** Ids are ordered in time, and so break a tie. */
function newestFirst(a: Recording, b: Recording): number {
  return Date.parse(beganAt(b)) - Date.parse(beganAt(a)) || b.id.localeCompare(a.id);
}

export function withStill(list: Still[], news: Still): Still[] {
  return [news, ...list.filter(({ id }) => id !== news.id)];
}

/** How much of it has arrived, 0 to 1; null where nobody knows how much there will be. */
export function arrivedShare({ state, size_bytes, received_bytes }: Recording): number | null {
  return state === "uploading" && size_bytes > 0 ? Math.min(1, received_bytes / size_bytes) : null;
}

/** Whether the page can play it: there is something, and it is something that browsers understand. */
export function isPlayable({ state, container }: Recording): boolean {
  return state === "finished" && container !== "ts";
}

/** Whether some of a clip that is not finished can be looked at already. */
export function isArriving({ state, received_bytes }: Recording): boolean {
  return (state === "recording" || state === "uploading") && received_bytes > 0;
}

export const addressOf = {
  video: (id: string) => `/api/recordings/${id}/video`,
  download: (id: string) => `/api/recordings/${id}/video?download=true`,
  poster: (id: string) => `/api/recordings/${id}/poster.jpg`,
  picture: (id: string) => `/api/stills/${id}/picture.jpg`,
  incident: (event_id: string) => `/api/incidents/${encodeURIComponent(event_id)}/export.zip`,
} as const;
