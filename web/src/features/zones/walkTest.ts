// A walk test: which zones have been seen to detect since it began. Pure. By cursor, not by the Pis' clocks: what is newer than
// the beginning arrived after it, and a Pi whose clock is wrong can be tested too.
import { zoneKey } from "@/api/guard";
import type { SensorKindInfo, SiteZone, StoredEvent } from "@/api/types";
import { describeType } from "@/format/eventText";

export interface Walk {
  /** The newest event of before the beginning. */
  after: number;
  /** By the server's clock. */
  since_ms: number;
  /** When it was ended; null while it goes on. */
  until_ms: number | null;
}

export interface Seen {
  event: StoredEvent;
  /** From the beginning of the test to its arrival. */
  after_s: number;
  /** From the Pi to the server; null where the Pi's clock cannot tell. */
  underWay_s: number | null;
  times: number;
}

export interface WalkRow {
  key: string;
  zone: SiteZone;
  /** Null while it has not detected anything. */
  seen: Seen | null;
}

/** One row per zone: those that were seen first, in the order in which they were; then what is still to be walked by. */
export function walked(zones: SiteZone[], events: StoredEvent[], kinds: SensorKindInfo[], walk: Walk): WalkRow[] {
  const detections = events
    .filter((event) => isOfWalk(event, walk) && isDetection(event, kinds))
    .sort((a, b) => a.cursor - b.cursor);
  const rows = zones.map((zone) => {
    const own = detections.filter(({ device_id, sensor }) => device_id === zone.device_id && sensor === zone.sensor);
    return { key: zoneKey(zone), zone, seen: seenOf(own, walk) };
  });
  const order = ({ seen }: WalkRow) => seen?.event.cursor ?? Number.POSITIVE_INFINITY;
  return rows.sort((a, b) => (order(a) === order(b) ? a.key.localeCompare(b.key) : order(a) - order(b)));
}

/** A late one is of before: it only arrived now. */
function isOfWalk(event: StoredEvent, { after, until_ms }: Walk): boolean {
  if (event.cursor <= after || event.late) return false;
  return until_ms === null || Date.parse(event.received_at) <= until_ms;
}

function isDetection(event: StoredEvent, kinds: SensorKindInfo[]): boolean {
  const { edge } = describeType(event.type, kinds, "en");
  return edge === "active" || (edge === "plain" && event.details?.decision !== undefined);
}

function seenOf(detections: StoredEvent[], { since_ms }: Walk): Seen | null {
  const [event] = detections;
  if (event === undefined) return null;
  const received_ms = Date.parse(event.received_at);
  const underWay_s = (received_ms - Date.parse(event.occurred_at)) / 1000;
  return {
    event,
    after_s: Math.max(0, (received_ms - since_ms) / 1000),
    underWay_s: event.clock === "synced" && underWay_s >= 0 ? underWay_s : null,
    times: detections.length,
  };
}

/** The test that an address names, or null. */
export function walkIn(search: URLSearchParams): Walk | null {
  const after = Number(search.get("after") ?? Number.NaN);
  const since_ms = Date.parse(search.get("since") ?? "");
  const until_ms = Date.parse(search.get("until") ?? "");
  if (!Number.isInteger(after) || after < 0 || Number.isNaN(since_ms)) return null;
  return { after, since_ms, until_ms: Number.isNaN(until_ms) ? null : until_ms };
}
