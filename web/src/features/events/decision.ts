// Why a detection did, or did not, alarm, out of the details of its event. Pure: what cannot be read is left out.
import type { Mode, Stage } from "@/api/types";

export const OUTCOMES = [
  "not_guarded",
  "bypassed",
  "not_closed_yet",
  "found_open",
  "exit_delay",
  "cooldown",
  "holding",
  "counting",
  "unconfirmed",
  "entry_delay",
  "alarm",
] as const;
export const CHECKS = [
  "mode",
  "bypass",
  "closed_before",
  "exit_delay",
  "cooldown",
  "hold",
  "pulses",
  "confirm",
  "entry_delay",
] as const;

export type Outcome = (typeof OUTCOMES)[number];
export type Check = (typeof CHECKS)[number];

export interface Step {
  /** A check that this dashboard does not know is shown under its own name. */
  check: string;
  passed: boolean;
  /** What was seen, and what was needed. */
  seen: Record<string, unknown>;
}

export interface Effect {
  kind: "siren" | "preset" | "record";
  length_s: number;
  preset: string;
  done: boolean;
  reason: string;
}

export interface Decision {
  outcome: Outcome;
  mode: Mode;
  state: Stage;
  steps: Step[];
  effects: Effect[];
}

/** The decision in an event's details; null where there is none, or none that can be read. */
export function decisionIn(details: Record<string, unknown> | undefined): Decision | null {
  const decision = details?.decision;
  if (!isObject(decision) || !OUTCOMES.includes(decision.outcome as Outcome)) return null;
  if (typeof decision.mode !== "string" || typeof decision.state !== "string") return null;
  return {
    outcome: decision.outcome as Outcome,
    mode: decision.mode as Mode,
    state: decision.state as Stage,
    steps: objectsIn(decision.steps).flatMap(stepOf),
    effects: objectsIn(decision.effects).flatMap(effectOf),
  };
}

export function isKnownCheck(check: string): check is Check {
  return (CHECKS as readonly string[]).includes(check);
}

function stepOf({ check, passed, ...seen }: Record<string, unknown>): Step[] {
  return typeof check === "string" ? [{ check, passed: passed === true, seen }] : [];
}

function effectOf(effect: Record<string, unknown>): Effect[] {
  const done = effect.done !== false;
  const reason = typeof effect.reason === "string" ? effect.reason : "";
  const rest = { preset: "", length_s: 0, done, reason };
  if (typeof effect.siren_s === "number") return [{ ...rest, kind: "siren", length_s: effect.siren_s }];
  if (typeof effect.record_s === "number") return [{ ...rest, kind: "record", length_s: effect.record_s }];
  return typeof effect.preset === "string" ? [{ ...rest, kind: "preset", preset: effect.preset }] : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
