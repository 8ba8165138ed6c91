// Asking for a mode and what became of it. The server is the truth, nothing is assumed.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { changeMode, type ModeRequest, useGuard, useTruth } from "@/api/alarm";
import type { Truth } from "@/api/guard";
import { usePeople } from "@/api/people";
import { useMode } from "@/api/queries";
import { useMay } from "@/api/session";
import type { Mode, ModeState } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import type { ShownMode } from "../icons";
import { afterRefusal, asksPin, inTheWay, lessens, type ModePhase } from "./modeRequest";

const DONE_FOR_MS = 2500;

export interface ModeControl {
  state: ModeState | undefined;
  /** The mode that was chosen for the site; whether it is guarded so is `truth`. */
  shown: ShownMode;
  truth: Truth;
  enabled: boolean;
  phase: ModePhase;
  /** The open zones that the second press leaves out; empty when none stands in the way (any longer). */
  open: string[];
  choose: (mode: Mode) => void;
  /** Whether a PIN will be asked for, as far as this page knows. */
  somebodyHasPin: boolean;
  /** Opens the pad to disarm; sends nothing yet. */
  offerPin: () => void;
  /** The second press: arm without what is open. */
  armWithout: () => void;
  enterPin: (pin: string) => void;
  cancel: () => void;
}

export function useModeControl(): ModeControl {
  const client = useQueryClient();
  const query = useMode();
  const guard = useGuard().data;
  const truth = useTruth();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const [phase, setPhase] = useState<ModePhase>({ step: "idle" });
  const turn = useRef(0);

  const send = useCallback(
    (request: ModeRequest, pin?: string) => {
      turn.current += 1;
      const mine = turn.current;
      const tell = (next: ModePhase) => mine === turn.current && setPhase(next);
      setPhase({ step: "sent", request, withPin: pin !== undefined });
      changeMode(client, request, pin).then(
        () => tell({ step: "done" }),
        (error: unknown) => tell(afterRefusal(request, error, Date.now())),
      );
    },
    [client],
  );
  const cancel = useCallback(() => {
    turn.current += 1;
    setPhase({ step: "idle" });
  }, []);

  useEffect(() => {
    if (phase.step !== "done") return;
    const timer = setTimeout(cancel, DONE_FOR_MS);
    return () => clearTimeout(timer);
  }, [phase.step, cancel]);

  const state = query.data;
  const shown = state?.known ? state.mode : "unknown";
  // Somebody else was faster: what was being asked for is so already. In mode active an alarm may yet have to be ended.
  const isLoud = truth.state === "triggered" || truth.state === "pending";
  const superseded = phase.step === "pin" && phase.request.mode === shown && !(shown === "active" && isLoud);
  useEffect(() => {
    if (superseded) cancel();
  }, [superseded, cancel]);

  const open = phase.step === "open" ? inTheWay(phase, guard) : [];
  const somebodyHasPin = (usePeople().data ?? []).length > 0;
  const askPin = (mode: Mode) => setPhase({ step: "pin", request: { mode, bypass: [] }, trouble: null });
  const choose = (mode: Mode) => {
    const standsOpen = mode !== "active" && (guard?.open[mode] ?? []).length > 0;
    if (standsOpen) setPhase({ step: "open", mode, told: null });
    else if (somebodyHasPin && lessens(shown, mode)) askPin(mode);
    else send({ mode, bypass: [] });
  };
  return {
    state,
    shown,
    truth,
    enabled: reachable && mayOperate && phase.step !== "sent" && !asksPin(phase) && state !== undefined,
    phase,
    open,
    choose,
    somebodyHasPin,
    offerPin: () => phase.step === "idle" && askPin("active"),
    armWithout: () => phase.step === "open" && send({ mode: phase.mode, bypass: open }),
    enterPin: (pin) => phase.step === "pin" && send(phase.request, pin),
    cancel,
  };
}
