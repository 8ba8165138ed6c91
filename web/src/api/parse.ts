// What comes over the socket is checked before it may touch the cache: a stranger's shape must not break a page.
import type { Alert, Device, Guard, ModeState, Recording, Still, StoredEvent } from "./types";

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMoment(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** The event in `value`, or null if it is none. */
export function parseEvent(value: unknown): StoredEvent | null {
  if (!isObject(value)) return null;
  const texts = [value.id, value.type, value.device_id, value.sensor];
  if (!texts.every((text) => typeof text === "string" && text !== "")) return null;
  if (typeof value.cursor !== "number" || !isMoment(value.occurred_at) || !isMoment(value.received_at)) return null;
  if (value.details !== undefined && !isObject(value.details)) return null;
  return value as unknown as StoredEvent;
}

/** The mode in `value`, or null if it is none. A record straight from `site/mode` has no `known`: then it is known. */
export function parseMode(value: unknown): ModeState | null {
  if (!isObject(value) || typeof value.mode !== "string" || !["active", "surveillance", "night"].includes(value.mode)) {
    return null;
  }
  return { known: true, ...value } as unknown as ModeState;
}

/** The state of the alarm in `value`, or null if it is none. What of its lists is not well formed is left out. */
export function parseGuard(value: unknown): Guard | null {
  if (!isObject(value) || typeof value.state !== "string" || typeof value.watching !== "boolean") return null;
  const named = (list: unknown, ...fields: string[]) =>
    objectsOf(list).filter((item) => fields.every((field) => typeof item[field] === "string"));
  return {
    ...value,
    mode: parseMode({ mode: value.mode })?.mode ?? null,
    devices: named(value.devices, "device_id", "state"),
    zones: named(value.zones, "device_id", "sensor", "kind", "type").filter(({ modes }) => Array.isArray(modes)),
    open: Object.fromEntries(
      Object.entries(isObject(value.open) ? value.open : {}).map(([mode, zones]) => [mode, textsOf(zones)]),
    ),
    unknown: named(value.unknown, "code", "detail"),
  } as unknown as Guard;
}

function objectsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The device in `value`, or null if it is none. */
export function parseDevice(value: unknown): Device | null {
  if (!isObject(value) || typeof value.device_id !== "string" || typeof value.state !== "string") return null;
  return isObject(value.ledger) ? (value as unknown as Device) : null;
}

/** The alert in `value`, or null if it is none. */
export function parseAlert(value: unknown): Alert | null {
  if (!isObject(value) || typeof value.id !== "number" || typeof value.device_id !== "string") return null;
  const wellFormed = typeof value.sensor === "string" && isMoment(value.occurred_at) && typeof value.state === "string";
  return wellFormed ? (value as unknown as Alert) : null;
}

/** The recording in `value`, or null if it is none. */
export function parseRecording(value: unknown): Recording | null {
  if (!isMedia(value) || typeof value.state !== "string" || typeof value.duration_s !== "number") return null;
  return value as unknown as Recording;
}

/** The still in `value`, or null if it is none. */
export function parseStill(value: unknown): Still | null {
  return isMedia(value) ? (value as unknown as Still) : null;
}

/** What a clip and a still have in common. */
function isMedia(value: unknown): value is Json {
  if (!isObject(value) || typeof value.id !== "string" || typeof value.device_id !== "string") return false;
  return isMoment(value.received_at) && isObject(value.cause) && typeof value.cause.kind === "string";
}
