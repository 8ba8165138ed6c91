// The heartbeat bar: from beats heard to bars, with the gaps in their place. Pure.
import type { Beat, BeatHistory, Deaf } from "@/api/heartbeats";

export const HEARTBEAT_INTERVAL_MS = 10_000;

/** `missed`: it did not come. `unseen`: this page was cut off from the server then, nobody knows. */
export type BarKind = "heard" | "restart" | "missed" | "unseen";

export interface Bar {
  kind: BarKind;
  /** By the server's clock. */
  at_ms: number;
}

/** Oldest first, at most `limit`, ending with the gap between the last heartbeat and `now_ms` if there is one. */
export function heartbeatBars(history: BeatHistory, deaf: readonly Deaf[], now_ms: number, limit: number): Bar[] {
  const bars: Bar[] = [];
  let before: Beat | undefined;
  for (const beat of history.beats) {
    if (before !== undefined) bars.push(...gap(before.at_ms, beatsBetween(before, beat), deaf, limit));
    const restarted = before !== undefined && before.boot_id !== beat.boot_id;
    bars.push({ kind: restarted ? "restart" : "heard", at_ms: beat.at_ms });
    before = beat;
  }
  if (before !== undefined) {
    // Half an interval of patience: a heartbeat on its way is not a missed one.
    const due = Math.floor((now_ms - before.at_ms - HEARTBEAT_INTERVAL_MS / 2) / HEARTBEAT_INTERVAL_MS);
    bars.push(...gap(before.at_ms, due, deaf, limit));
  }
  return bars.slice(-limit);
}

/** Within one boot the beats are numbered; across a restart only the time between them tells. */
function beatsBetween(before: Beat, after: Beat): number {
  if (before.boot_id === after.boot_id) return after.beat - before.beat - 1;
  return Math.round((after.at_ms - before.at_ms) / HEARTBEAT_INTERVAL_MS) - 1;
}

/** The newest `limit` of `count` beats that are not there, after `from_ms`. */
function gap(from_ms: number, count: number, deaf: readonly Deaf[], limit: number): Bar[] {
  const bars: Bar[] = [];
  for (let nth = Math.max(1, count - limit + 1); nth <= count; nth++) {
    const at_ms = from_ms + nth * HEARTBEAT_INTERVAL_MS;
    bars.push({ kind: isDeafAt(deaf, at_ms) ? "unseen" : "missed", at_ms });
  }
  return bars;
}

function isDeafAt(deaf: readonly Deaf[], at_ms: number): boolean {
  return deaf.some(({ from_ms, to_ms }) => at_ms >= from_ms && (to_ms === null || at_ms <= to_ms));
}

export interface BarCount {
  heard: number;
  missed: number;
  unseen: number;
}

export function countBars(bars: readonly Bar[]): BarCount {
  const of = (...kinds: BarKind[]) => bars.filter(({ kind }) => kinds.includes(kind)).length;
  return { heard: of("heard", "restart"), missed: of("missed"), unseen: of("unseen") };
}
