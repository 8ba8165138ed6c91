// The alarm's shapes as the server gives them.
import type { Mode } from "./generated/vigie.schemas";

export type Stage = "disarmed" | "arming" | "armed" | "pending" | "triggered";

export type ZoneType = "instant" | "delayed" | "follower" | "always";

/** A zone as its Pi sees it now; `open` is null while nobody knows. */
export interface ZoneState {
  sensor: string;
  kind: string;
  type: ZoneType;
  modes: Mode[];
  open?: boolean | null;
  guards?: boolean;
  bypassed?: boolean;
  must_close?: boolean;
  self_closing?: boolean;
  location?: string;
  preset?: string | null;
  filters?: Record<string, unknown>;
}

export interface SiteZone extends ZoneState {
  device_id: string;
}

export interface GuardDevice {
  device_id: string;
  state: Stage | "unknown";
  online: boolean;
  zone?: string | null;
  cause?: string | null;
  until?: string | null;
  remaining_s?: number | null;
  mode?: Mode | null;
}

/** `GET /api/alarm`, and the emit `guard`. */
export interface Guard {
  state: Stage | "unknown";
  mode: Mode | null;
  watching: boolean;
  until?: string | null;
  remaining_s?: number | null;
  devices: GuardDevice[];
  zones: SiteZone[];
  /** Mode -> the zones (`device/sensor`) that would guard in it and are open now. */
  open: Record<string, string[]>;
  /** Why the state is not known. */
  unknown: { code: string; detail: string }[];
}

export interface Trips {
  trips: number;
  at: string[];
}

/** `POST /api/alarm/replay`: what a zone would have done to its history, with its filters and without any. */
export interface Replay {
  with: Trips;
  without: Trips;
  detections: number;
  truncated: boolean;
}

export interface PersonList {
  people: { name: string; created_at: string }[];
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  origin: string;
  action: "mode" | "pin_failed" | "pin_closed" | "pin_unlocked" | "person_added" | "person_changed" | "person_removed";
  detail: Record<string, unknown>;
}

export interface AuditList {
  entries: AuditEntry[];
}
