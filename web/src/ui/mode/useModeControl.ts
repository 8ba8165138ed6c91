// Asking for a mode and what became of it: sent -> done or refused. The server is the truth, nothing is assumed.
import { useEffect } from "react";
import { ProblemError } from "@/api/http";
import { useMode, useModeChange } from "@/api/queries";
import type { Mode, ModeState } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import type { ShownMode } from "../icons";

const DONE_FOR_MS = 2500;

export type ModePhase =
  | { step: "idle" }
  | { step: "sent"; mode: Mode }
  | { step: "done" }
  | { step: "refused"; mode: Mode; detail: string | null };

export interface ModeControl {
  state: ModeState | undefined;
  shown: ShownMode;
  loading: boolean;
  enabled: boolean;
  phase: ModePhase;
  choose: (mode: Mode) => void;
}

export function useModeControl(): ModeControl {
  const query = useMode();
  const change = useModeChange();
  const reachable = useReachable();
  const { isSuccess, reset } = change;

  useEffect(() => {
    if (!isSuccess) return;
    const timer = setTimeout(reset, DONE_FOR_MS);
    return () => clearTimeout(timer);
  }, [isSuccess, reset]);

  const state = query.data;
  return {
    state,
    shown: state?.known ? state.mode : "unknown",
    loading: query.isPending,
    enabled: reachable && !change.isPending && state !== undefined,
    phase: phaseOf(change),
    choose: (mode) => change.mutate(mode),
  };
}

function phaseOf(change: ReturnType<typeof useModeChange>): ModePhase {
  if (change.isPending) return { step: "sent", mode: change.variables };
  if (change.isSuccess) return { step: "done" };
  if (change.isError) {
    const detail = change.error instanceof ProblemError ? change.error.message : null;
    return { step: "refused", mode: change.variables, detail };
  }
  return { step: "idle" };
}
