// What the ledger says, as a verdict that a sentence can be made of. Pure.
import type { DeviceState, Ledger } from "@/api/types";

/**
 * - `complete`: every event that the Pi accepted is stored here
 * - `given_up`: every event is accounted for, but the Pi had to give some up for want of room
 * - `complete_then`: the same, as of the last heartbeat of a Pi that is not heard now
 * - `on_way`: a heartbeat has overtaken its events; normal for some seconds
 * - `coming_back`: events are missing, and the Pi sends them again from its own log
 * - `held`: events are missing, and the Pi that has them is not heard
 * - `unproven`: no heartbeat has said yet how far its log goes
 * - `third_party`: it keeps no log, so there is nothing to prove
 */
export type Verdict =
  | "complete"
  | "given_up"
  | "complete_then"
  | "on_way"
  | "coming_back"
  | "held"
  | "unproven"
  | "third_party";

export type Tone = "well" | "missing" | "quiet";

export interface LedgerVerdict {
  verdict: Verdict;
  tone: Tone;
  /** How many events are missing or given up, for the verdicts that say so. */
  count: number;
}

/** `confirmed`: the server has called the missing ones missing (`missing_events`), they are not merely on their way. */
export function ledgerVerdict(ledger: Ledger, state: DeviceState, confirmed: boolean): LedgerVerdict {
  const count = ledger.missing ?? 0;
  const away = state === "offline" || state === "silent";
  if (count > 0) {
    if (away) return { verdict: "held", tone: "missing", count };
    return confirmed ? { verdict: "coming_back", tone: "missing", count } : { verdict: "on_way", tone: "quiet", count };
  }
  const dropped = ledger.dropped ?? 0;
  if (ledger.missing === 0 && dropped > 0) return { verdict: "given_up", tone: "missing", count: dropped };
  if (ledger.missing === 0) {
    return away ? { verdict: "complete_then", tone: "quiet", count } : { verdict: "complete", tone: "well", count };
  }
  return { verdict: state === "unknown" ? "third_party" : "unproven", tone: "quiet", count };
}
