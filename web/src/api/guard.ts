// What may be said of the alarm now. Pure. The rule of the whole page: what is not known for certain, now, is `unknown`;
// nothing here may turn teal or indigo, or say "armed", on the strength of what was true a while ago.
import type { Guard, Mode, SiteZone, Stage } from "./types";

/** A guard and when this browser was told it. */
export interface SeenGuard extends Guard {
  seenAt_ms: number;
}

/** Why it is not known, in the order in which it is looked for. */
export type Doubt =
  | "server"
  | "bridge"
  | "broker"
  | "waiting"
  | "refused"
  | "old"
  | "silent"
  | "told"
  | "blind"
  | "settling"
  | "overdue";

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
  /** What the doubt is about: silent devices, or the server's own words. */
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
  const before = doubtOfTheWay(known);
  if (before !== null || guard === undefined) return unknown(before ?? "waiting", guard);
  const loud = loudest(guard, known.silent);
  if (loud !== null) return withCountdown({ ...told(guard, loud.state), cause: causeOf(guard, loud) }, known);
  const [first] = guard.unknown;
  if (first)
    return unknown(silentAmong(guard, known.silent) ? "silent" : "told", guard, aboutOf(guard, known) || first.detail);
  if (silentAmong(guard, known.silent)) return unknown("silent", guard, aboutOf(guard, known));
  if (!guard.watching || !STAGES.includes(guard.state)) return unknown("blind", guard);
  // Between a change of the mode and the Pis' word on it the two do not agree: neither may be shown for true.
  const { mode } = guard;
  const agree = mode !== null && mode === known.chosen && (guard.state === "disarmed") === (mode === "active");
  if (!agree) return unknown("settling", guard);
  return withCountdown(told(guard, guard.state as Stage), known);
}

/** What stands between the page and any news at all. */
function doubtOfTheWay({ guard, refused, reachable, cutAt, now_ms }: Known): Doubt | null {
  if (!reachable) return "server";
  if (cutAt !== null) return cutAt;
  if (guard === undefined) return refused ? "refused" : "waiting";
  if (refused) return "refused";
  return now_ms - guard.seenAt_ms > GUARD_OLD_AFTER_MS ? "old" : null;
}

function unknown(doubt: Doubt, guard: SeenGuard | undefined, about = ""): Truth {
  return { state: "unknown", mode: guard?.mode ?? null, doubt, about, countdown: null, cause: null };
}

function told(guard: SeenGuard, state: Stage): Truth {
  return { state, mode: guard.mode, doubt: null, about: "", countdown: null, cause: null };
}

/** An alarm or an entry delay on a Pi that is heard is shown, whatever else is not known: it must not hide behind grey. */
function loudest(guard: SeenGuard, silent: readonly string[]) {
  const heard = guard.devices.filter(({ device_id, online }) => online && !silent.includes(device_id));
  return heard.find(({ state }) => state === "triggered") ?? heard.find(({ state }) => state === "pending") ?? null;
}

function silentAmong(guard: SeenGuard, silent: readonly string[]): boolean {
  return guard.devices.some(({ device_id, online }) => !online || silent.includes(device_id));
}

function aboutOf(guard: SeenGuard, { silent }: Known): string {
  const away = guard.devices.filter(({ device_id, online }) => !online || silent.includes(device_id));
  return away.map(({ device_id }) => device_id).join(", ");
}

function causeOf(guard: SeenGuard, loud: Guard["devices"][number]): SiteZone | null {
  return guard.zones.find(({ device_id, sensor }) => device_id === loud.device_id && sensor === loud.zone) ?? null;
}

function withCountdown(truth: Truth, known: Known): Truth {
  if (truth.state === "disarmed" || truth.state === "armed" || truth.state === "unknown") return truth;
  const ends_ms = endOf(truth.state, known);
  if (ends_ms === null) return truth;
  if (truth.state !== "triggered" && known.serverNow_ms - ends_ms > OVERDUE_AFTER_MS)
    return unknown("overdue", known.guard);
  return { ...truth, countdown: { ends_ms, total_s: totalOf(truth.state, known) } };
}

/** Of an entry delay the first end counts, of the other two the last. */
function endOf(state: Stage, { guard, now_ms, serverNow_ms, silent }: Known): number | null {
  if (guard === undefined) return null;
  const seen_ms = guard.seenAt_ms + (serverNow_ms - now_ms);
  const ends = guard.devices
    .filter((device) => device.state === state && device.online && !silent.includes(device.device_id))
    .map((device) => end_ms(device, seen_ms))
    .filter((end) => end !== null);
  if (ends.length > 0) return state === "pending" ? Math.min(...ends) : Math.max(...ends);
  return guard.state === state ? end_ms(guard, seen_ms) : null;
}

function end_ms(timed: { until?: string | null; remaining_s?: number | null }, seen_ms: number): number | null {
  const until_ms = Date.parse(timed.until ?? "");
  if (!Number.isNaN(until_ms)) return until_ms;
  return typeof timed.remaining_s === "number" ? seen_ms + timed.remaining_s * 1000 : null;
}

function totalOf(state: "arming" | "pending" | "triggered", { guard, delays }: Known): number | null {
  if (state === "triggered") return null;
  const totals = (guard?.devices ?? [])
    .filter((device) => device.state === state)
    .map(({ device_id }) => delays?.get(device_id)?.[state] ?? 0);
  const total_s = state === "pending" ? Math.min(...totals) : Math.max(...totals);
  return Number.isFinite(total_s) && total_s > 0 ? total_s : null;
}

/** `raspberry-01/button`: how a zone is named to the server. */
export function zoneKey({ device_id, sensor }: Pick<SiteZone, "device_id" | "sensor">): string {
  return `${device_id}/${sensor}`;
}
