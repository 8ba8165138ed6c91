// One new Pi, from the button to its being in: what the dialog shows and what its buttons do.
import "@/i18n/join";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEnrolment, useEnrolmentChanges } from "@/api/enrolment";
import { ProblemError } from "@/api/http";
import type { EnrolmentState, MadeCode } from "@/api/types";
import { useReason } from "@/ui/LoadError";

const CODES = ["device_exists", "not_signed", "nothing_asked", "pi_away", "too_many_codes"] as const;

export interface Join {
  isOpen: boolean;
  made: MadeCode | null;
  /** Undefined until the server has said it. */
  state: EnrolmentState | undefined;
  /** Nobody signs for this server. */
  cannotSign: boolean;
  /** A Pi of that name is in: it takes a second press to put this one in its place. */
  isTaken: boolean;
  busy: boolean;
  refused: string | null;
  start: () => void;
  confirm: () => void;
  refuse: () => void;
  close: () => void;
}

export function useJoin(): Join {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<MadeCode | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const reason = useJoinReason();
  const changes = useEnrolmentChanges();
  const state = useEnrolment(isOpen && made !== null).data;

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setRefused(null);
    setCode(null);
    try {
      await work();
    } catch (error) {
      setRefused(reason(error));
      setCode(error instanceof ProblemError ? String(error.problem.code) : null);
    } finally {
      setBusy(false);
    }
  };
  const number = state?.request?.check_number ?? "";
  const isTaken = code === "device_exists";
  return {
    isOpen,
    made,
    state,
    cannotSign: code === "cannot_sign",
    isTaken,
    busy,
    refused,
    start: () => {
      setOpen(true);
      setMade(null);
      void attempt(async () => setMade(await changes.open()));
    },
    confirm: () => void attempt(() => changes.confirm(number, isTaken)),
    refuse: () => void attempt(changes.withdraw),
    close: () => {
      setOpen(false);
      setMade(null);
      if (made === null) return;
      if (state?.stage === "taken") changes.lookAgain();
      // A code that nobody looks at any more is nobody's; one that cannot be taken back now ends by itself.
      else void changes.withdraw().catch(() => undefined);
    },
  };
}

/** In the reader's language where the reason is known, with the server's words where they say more. */
function useJoinReason(): (error: unknown) => string {
  const { t } = useTranslation();
  const reason = useReason();
  return (error) => {
    const found = error instanceof ProblemError ? CODES.find((one) => one === error.problem.code) : undefined;
    return found ? t(`join.refused.${found}`, { detail: reason(error) }) : reason(error);
  };
}
