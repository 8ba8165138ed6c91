// Addresses of things that can be pointed at. URL = state, so a link says all there is to show.
import { isTrouble } from "@/api/alerts";
import { queryString } from "@/api/http";
import { beganAt } from "@/api/recordingList";
import type { Alert, Recording, StoredEvent } from "@/api/types";
import { localDay } from "./time";

/** The event's own address. `at` lets the page find it in the history without paging down to it. */
export function eventLink(event: Pick<StoredEvent, "id" | "occurred_at">): string {
  return `/events${queryString({ event: event.id, at: event.occurred_at })}`;
}

/** The event that opened the alert; of a trouble, where more is said about it. */
export function alertLink(alert: Alert): string {
  if (alert.type === "device_silent") return `/devices/${alert.device_id}`;
  if (alert.type === "pin_failed" || alert.type === "duress") return "/system#audit";
  if (alert.type === "event_conflict") return "/system#refused";
  if (isTrouble(alert)) return "/system";
  return eventLink({ id: alert.event_id, occurred_at: alert.occurred_at });
}

/** The clip on the page of the recordings, among those of its day. */
export function clipLink(recording: Recording): string {
  return `/recordings${queryString({ day: localDay(beganAt(recording)), clip: recording.id })}`;
}
