// What may be said of the alarm now. Pure. The rule of the whole page: what is not known for certain, now, is `unknown`;
// nothing here may turn teal or indigo, or say "armed", on the strength of what was true a while ago.
import type { Guard, Mode, SiteZone, Stage } from "./types";

/** A guard and when this browser was told it. */
export interface SeenGuard extends Guard {
  seenAt_ms: number;
}

/** Why it is not known. The first six are this page's own; the server's come after the way to it is known to be there. */
export type Doubt =
  | "server"
  | "bridge"
  | "broker"
  | "waiting"
  | "refused"
  | "old"
  | "mode_unknown"
  | "no_agent"
  | "silent"
  | "alarm_unknown"
  | "lame"
  | "told"
  | "blind"
  | "settling"
  | "overdue";

/** The server's own doubts, as it names them. One that is not here is told in its words. */
const SERVER_DOUBTS: Record<string, Doubt> = {
  bridge_absent: "bridge",
  broker_absent: "broker",
  mode_unknown: "mode_unknown",
  no_agent: "no_agent",
  silent: "silent",
  offline: "silent",
  alarm_unknown: "alarm_unknown",
  agent_lame: "lame",
  mode_differs: "settling",
};

export interface Countdown {
  /** By the server's clock. */
  ends_ms: number;
  /** How long it is in all; null where nobody says. */
  total_s: number | null;
}

export interface Truth {
  state: Stage | "unknown";
  /** The mode that the state is about. */
  mode: Mode | null;
  doubt: Doubt | null;
  /** What the doubt is about: devices, or the server's own words. */
  about: string;
  countdown: Countdown | null;
  /** Whose trip is behind `pending` or `triggered`. */
  cause: SiteZone | null;
}

export interface Known {
  guard: SeenGuard | undefined;
  /** The mode that was chosen for the site; null while nobody has told it. */
  chosen: Mode | null;
  /** The last request for it was refused. */
  refused: boolean;
  /** False while the server does not answer. */
  reachable: boolean;
  /** What is missing on the way from the Pis to a server that answers. */
  cutAt: "bridge" | "broker" | null;
  /** Devices that this page itself has not heard of for too long. */
  silent: readonly string[];
  /** `exit_delay_s` and `entry_delay_s` of the devices. */
  delays?: ReadonlyMap<string, { arming: number; pending: number }>;
  now_ms: number;
  serverNow_ms: number;
}

/** It is polled every few seconds besides being emitted: one that is this old has been forgotten by somebody. */
export const GUARD_OLD_AFTER_MS = 20_000;
/** A delay that is over for so long, and nothing has been heard of what came of it. */
const OVERDUE_AFTER_MS = 5000;
const STAGES: readonly string[] = ["disarmed", "arming", "armed", "pending", "triggered"];

export function truthOf(known: Known): Truth {
  const { guard } = known;
  const inTheWay = doubtOfTheWay(known);
  if (inTheWay !== null || guard === undefined) return unknown(inTheWay ?? "waiting", guard);
  // An alarm must not hide behind grey: the server says whether it goes on, also of a Pi that has fallen silent since.
  const isGrave = guard.state === "triggered" || guard.state === "pending";
  const doubt = isGrave ? null : doubtOf(known, guard);
  if (doubt !== null) return unknown(doubt, guard, aboutOf(doubt, known, guard));
  return withCountdown({ ...told(guard, guard.state as Stage), cause: isGrave ? causeOf(guard) : null }, known);
}

/** What stands between the page and any news at all. */
function doubtOfTheWay({ guard, refused, reachable, cutAt, now_ms }: Known): Doubt | null {
  if (!reachable) return "server";
  if (cutAt !== null) return cutAt;
  if (guard === undefined) return refused ? "refused" : "waiting";
  if (refused) return "refused";
  return now_ms - guard.seenAt_ms > GUARD_OLD_AFTER_MS ? "old" : null;
}

function doubtOf(known: Known, guard: SeenGuard): Doubt | null {
  const [first] = guard.unknown;
  if (first) return SERVER_DOUBTS[first.code] ?? "told";
  if (awayOf(known, guard).length > 0) return "silent";
  if (!guard.watching || !STAGES.includes(guard.state)) return "blind";
  // Between a change of the mode and the Pis' word on it the two do not agree: neither may be shown for true.
  const { mode } = guard;
  const agree = mode && mode === known.chosen && (guard.state === "disarmed") === (mode === "active");
  return agree ? null : "settling";
}

function awayOf({ silent }: Known, guard: SeenGuard): string[] {
  const away = guard.devices.filter(({ device_id, online }) => !online || silent.includes(device_id));
  return away.map(({ device_id }) => device_id);
}

function aboutOf(doubt: Doubt, known: Known, guard: SeenGuard): string {
  if (doubt === "silent") return awayOf(known, guard).join(", ");
  if (doubt === "told") return guard.unknown[0]?.detail ?? "";
  const unread = guard.devices.filter(({ state }) => state === "unknown");
  return doubt === "alarm_unknown" ? unread.map(({ device_id }) => device_id).join(", ") : "";
}

function unknown(doubt: Doubt, guard: SeenGuard | undefined, about = ""): Truth {
  return { state: "unknown", mode: guard?.mode ?? null, doubt, about, countdown: null, cause: null };
}

function told(guard: SeenGuard, state: Stage): Truth {
  return { state, mode: guard.mode ?? null, doubt: null, about: "", countdown: null, cause: null };
}

function causeOf(guard: SeenGuard): SiteZone | null {
  const device = guard.devices.find(({ state, zone }) => state === guard.state && zone);
  return (
    guard.zones.find(({ device_id, sensor }) => device_id === device?.device_id && sensor === device?.zone) ?? null
  );
}

function withCountdown(truth: Truth, { guard, delays, now_ms, serverNow_ms }: Known): Truth {
  const { state } = truth;
  if (guard === undefined || (state !== "arming" && state !== "pending")) return truth;
  const ends_ms = endOf(guard, guard.seenAt_ms + (serverNow_ms - now_ms));
  if (ends_ms === null) return truth;
  if (serverNow_ms - ends_ms > OVERDUE_AFTER_MS) return unknown("overdue", guard);
  const totals = guard.devices
    .filter((device) => device.state === state)
    .map(({ device_id }) => delays?.get(device_id)?.[state] ?? 0);
  const total_s = Math.max(0, ...totals);
  return { ...truth, countdown: { ends_ms, total_s: total_s > 0 ? total_s : null } };
}

/** As left as it was when it was told; else at the wall time of the Pi, whose clock may differ. */
function endOf({ until, remaining_s }: SeenGuard, told_ms: number): number | null {
  if (typeof remaining_s === "number") return told_ms + remaining_s * 1000;
  const until_ms = Date.parse(until ?? "");
  return Number.isNaN(until_ms) ? null : until_ms;
}

/** `raspberry-01/button`: how a zone is named to the server. */
export function zoneKey({ device_id, sensor }: Pick<SiteZone, "device_id" | "sensor">): string {
  return `${device_id}/${sensor}`;
}
