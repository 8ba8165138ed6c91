// A command and what became of it: sent -> done, refused or timed out. Only the newest one is told.
import { useCallback, useRef, useState } from "react";
import { ProblemError, request } from "@/api/http";
import type { CommandDone } from "@/api/types";

export type CommandName = "servo" | "siren" | "record" | "snapshot";

export type CommandPhase =
  | { step: "idle" }
  | { step: "sent"; what: string }
  | { step: "done"; what: string; angle_deg: number | null }
  /** `detail`: the server's own words, in English. */
  | { step: "refused"; what: string; status: number; detail: string }
  /** `detail` is null when not even the server answered. Whether it was done is not known. */
  | { step: "timed_out"; what: string; detail: string | null };

export interface CommandControl {
  phase: CommandPhase;
  /** Whether an answer is awaited, as of the last render. */
  busy: boolean;
  /** The same as of now, for what repeats by a timer. */
  isBusy: () => boolean;
  /** `what` in words, for the answer. */
  send: (body: object, what: string) => void;
}

const GATEWAY_TIMEOUT = 504;

export function useCommand(device_id: string, command: CommandName): CommandControl {
  const [phase, setPhase] = useState<CommandPhase>({ step: "idle" });
  const newest = useRef(0);
  const answered = useRef(0);

  const send = useCallback(
    (body: object, what: string) => {
      newest.current += 1;
      const turn = newest.current;
      const tell = (next: CommandPhase) => {
        if (turn !== newest.current) return;
        answered.current = turn;
        setPhase(next);
      };
      setPhase({ step: "sent", what });
      request<CommandDone>(`/api/cameras/${device_id}/${command}`, { method: "POST", body }).then(
        (done) => tell({ step: "done", what, angle_deg: done.angle_deg ?? null }),
        (error: unknown) => tell(failure(error, what)),
      );
    },
    [device_id, command],
  );

  const isBusy = useCallback(() => answered.current !== newest.current, []);
  return { phase, busy: phase.step === "sent", isBusy, send };
}

function failure(error: unknown, what: string): CommandPhase {
  if (!(error instanceof ProblemError)) return { step: "timed_out", what, detail: null };
  const { status } = error.problem;
  const detail = error.message;
  return status === GATEWAY_TIMEOUT ? { step: "timed_out", what, detail } : { step: "refused", what, status, detail };
}
