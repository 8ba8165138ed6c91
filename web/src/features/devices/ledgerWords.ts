// What the ledger says, as a verdict that a sentence can be made of. Pure.
import type { DeviceState, Ledger } from "@/api/types";

/**
 * - `complete`: every event that the Pi accepted is stored here
 * - `given_up`: every event is accounted for, but the Pi had to give some up for want of room
 * - `complete_then`: the same, as of the last heartbeat of a Pi that is not heard now
 * - `on_way`: a heartbeat has overtaken its events; normal for some seconds
 * - `coming_back`: events are missing, and the Pi sends them again from its own log
 * - `stranded`: all that is missing is in an earlier log, whose card only has it
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
  | "stranded"
  | "held"
  | "unproven"
  | "third_party";

export type Tone = "well" | "missing" | "quiet";

export interface LedgerVerdict {
  verdict: Verdict;
  tone: Tone;
  /** How many events are missing or given up, for the verdicts that say so. */
  count: number;
  /** How many of the missing are in earlier logs, which the Pi of today does not hold. */
  stranded: number;
}

/** Missing events of logs that are not the present one; 0 while it is not known which is. */
function strandedIn({ streams, stream_id }: Ledger): number {
  if (!stream_id) return 0;
  return (streams ?? []).reduce((sum, one) => sum + (one.stream_id === stream_id ? 0 : (one.missing ?? 0)), 0);
}

/** `confirmed`: the server has called the missing ones missing (`missing_events`), they are not merely on their way. */
export function ledgerVerdict(ledger: Ledger, state: DeviceState, confirmed: boolean): LedgerVerdict {
  const missing = ledger.missing ?? 0;
  const away = state === "offline" || state === "silent";
  if (missing > 0) {
    const stranded = confirmed ? Math.min(missing, strandedIn(ledger)) : 0;
    const count = missing - stranded;
    if (count === 0) return { verdict: "stranded", tone: "missing", count: stranded, stranded };
    if (away) return { verdict: "held", tone: "missing", count, stranded };
    if (confirmed) return { verdict: "coming_back", tone: "missing", count, stranded };
    return { verdict: "on_way", tone: "quiet", count, stranded };
  }
  const none = { count: 0, stranded: 0 };
  const dropped = ledger.dropped ?? 0;
  if (ledger.missing === 0 && dropped > 0) return { ...none, verdict: "given_up", tone: "missing", count: dropped };
  if (ledger.missing === 0) {
    return away ? { ...none, verdict: "complete_then", tone: "quiet" } : { ...none, verdict: "complete", tone: "well" };
  }
  return { ...none, verdict: state === "unknown" ? "third_party" : "unproven", tone: "quiet" };
}
