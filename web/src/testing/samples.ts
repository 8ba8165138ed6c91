// Small makers of events, alerts and devices for tests: only what a test is about has to be said.
import type { SeenDevice } from "@/api/freshness";
import type { SeenGuard } from "@/api/guard";
import type { Alert, Recording, SensorKindInfo, SiteZone, Still, StoredEvent } from "@/api/types";

export const NOW = "2026-11-23T12:00:00.000Z";
export const NOW_MS = Date.parse(NOW);

export function anEvent(cursor: number, given: Partial<StoredEvent> = {}): StoredEvent {
  return {
    id: `event-${cursor}`,
    type: "motion_detected",
    device_id: "raspberry-01",
    sensor: "motion",
    details: { state: "detected", location: "entrance" },
    occurred_at: NOW,
    received_at: NOW,
    clock: "synced",
    late: false,
    cursor,
    ...given,
  };
}

export function anAlert(id: number, given: Partial<Alert> = {}): Alert {
  return {
    id,
    event_id: `event-${id}`,
    device_id: "raspberry-01",
    sensor: "motion",
    type: "motion_detected",
    location: "entrance",
    mode: "surveillance",
    occurred_at: NOW,
    opened_at: NOW,
    state: "open",
    ...given,
  };
}

export function aDevice(device_id: string, given: Partial<SeenDevice> = {}): SeenDevice {
  return {
    device_id,
    state: "online",
    heartbeat_age_s: 0,
    ledger: { device_id, stored: 0, through_seq: 0 },
    seenAt_ms: NOW_MS,
    ...given,
  };
}

export function aZone(sensor: string, given: Partial<SiteZone> = {}): SiteZone {
  return {
    device_id: "raspberry-01",
    sensor,
    kind: sensor,
    type: "instant",
    modes: ["surveillance", "night"],
    open: false,
    location: "entrance",
    ...given,
  };
}

/** A site of one Pi; its state is that of the site unless something else is given. */
export function aGuard(given: Partial<SeenGuard> = {}): SeenGuard {
  const state = given.state === undefined || given.state === "unknown" ? "disarmed" : given.state;
  return {
    state,
    mode: "active",
    watching: true,
    devices: [{ device_id: "raspberry-01", state, online: true }],
    zones: [],
    open: {},
    unknown: [],
    seenAt_ms: NOW_MS,
    ...given,
  };
}

export const KINDS: SensorKindInfo[] = [
  {
    name: "motion",
    active_type: "motion_detected",
    inactive_type: "motion_ended",
    label_en: "Movement",
    label_fr: "Mouvement",
    inactive_label_en: "Movement over",
    inactive_label_fr: "Fin du mouvement",
    icon: "motion",
    guards: true,
  },
];

export function aRecording(id: string, given: Partial<Recording> = {}): Recording {
  return {
    id,
    device_id: "raspberry-01",
    state: "finished",
    started_at: NOW,
    received_at: NOW,
    duration_s: 12,
    triggered_after_s: 5,
    size_bytes: 1000,
    received_bytes: 1000,
    truncated: false,
    cause: { kind: "command" },
    width: 640,
    height: 360,
    locked: false,
    container: "mp4",
    has_poster: true,
    ...given,
  };
}

export function aStill(id: string, given: Partial<Still> = {}): Still {
  return {
    id,
    device_id: "raspberry-01",
    taken_at: NOW,
    received_at: NOW,
    size_bytes: 1000,
    width: 640,
    height: 360,
    cause: { kind: "alarm", event_id: "event-1" },
    ...given,
  };
}
