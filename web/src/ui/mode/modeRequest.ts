// Asking for a mode, step by step: which zones are open, the PIN, sent, done or refused. Pure.
import type { ModeRequest } from "@/api/alarm";
import { ProblemError } from "@/api/http";
import type { Mode, Problem } from "@/api/types";
import type { ShownMode } from "../icons";

export type PinTrouble = { kind: "wrong"; left: number | null } | { kind: "locked"; until_ms: number | null };

export type ModePhase =
  | { step: "idle" }
  /** Zones are open: the second press arms without them. `told`: by a refusal, newer than what is known otherwise. */
  | { step: "open"; mode: Mode; told: { zones: string[]; at_ms: number } | null }
  | { step: "pin"; request: ModeRequest; trouble: PinTrouble | null }
  | { step: "sent"; request: ModeRequest; withPin: boolean }
  | { step: "done" }
  /** `detail` is null when nobody answered. */
  | { step: "refused"; mode: Mode; detail: string | null };

/** Whether a change lessens the guard (between guarding modes an exit delay begins), so that a PIN will be asked for where
 * somebody has one. The server has the last word. */
export function lessens(from: ShownMode, to: Mode): boolean {
  return to === "active" || ((from === "surveillance" || from === "night") && from !== to);
}

/** Whether the pad is to be seen: while a PIN is asked, and while it is under way. */
export function asksPin(phase: ModePhase): boolean {
  return phase.step === "pin" || (phase.step === "sent" && phase.withPin);
}

/** What follows from a refusal of `request`. */
export function afterRefusal(request: ModeRequest, error: unknown, now_ms: number): ModePhase {
  const { mode } = request;
  if (!(error instanceof ProblemError)) return { step: "refused", mode, detail: null };
  const { problem, retryAfter_s } = error;
  switch (problem.code) {
    case "pin_required":
      return { step: "pin", request, trouble: null };
    case "pin_wrong":
    case "pin_locked": {
      const left = triesLeft(problem);
      const until_ms = retryAfter_s === null ? null : now_ms + retryAfter_s * 1000;
      const isOpen = problem.code === "pin_wrong" && left !== 0;
      return { step: "pin", request, trouble: isOpen ? { kind: "wrong", left } : { kind: "locked", until_ms } };
    }
    case "zones_open":
      return { step: "open", mode, told: { zones: zonesOf(problem), at_ms: now_ms } };
    default:
      return { step: "refused", mode, detail: error.message };
  }
}

/** How many there are before a wait. */
function triesLeft({ errors }: Pick<Problem, "errors">): number | null {
  const left = errors?.[0]?.tries_left;
  return typeof left === "number" ? left : null;
}

/** The zones that a refusal names. */
function zonesOf({ errors }: Pick<Problem, "errors">): string[] {
  return (errors ?? []).map(({ zone }) => zone).filter((zone) => typeof zone === "string");
}

/** The zones that stand in the way: as they are now, unless a refusal told newer ones. */
export function inTheWay(
  phase: Extract<ModePhase, { step: "open" }>,
  guard: { open: Record<string, string[]>; seenAt_ms: number } | undefined,
): string[] {
  if (phase.told && (guard === undefined || guard.seenAt_ms <= phase.told.at_ms)) return phase.told.zones;
  return guard?.open[phase.mode] ?? [];
}
