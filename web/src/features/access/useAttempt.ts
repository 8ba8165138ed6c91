// Asking for something about accounts: under way, done, or refused with the reason and the wait that the server asks for.
import "@/i18n/access";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/http";
import { useReason } from "@/ui/LoadError";
import { useLeftUntil_s } from "@/ui/useLeft";

const CODES = [
  "wrong_sign_in",
  "sign_in_locked",
  "secrets_busy",
  "wrong_password",
  "wrong_set_up_code",
  "already_set_up",
  "password_too_weak",
  "user_taken",
  "unknown_user",
  "last_admin",
  "too_many_users",
  "token_taken",
  "unknown_token",
  "unknown_session",
] as const;

export interface Attempt {
  busy: boolean;
  /** The server does not want to be asked yet. */
  waits: boolean;
  refused: string | null;
  until_ms: number | null;
  /** Says what this page itself finds wrong. */
  refuse: (words: string | null) => void;
  /** Resolves with whether it was done. Nothing is asked while a wait lasts or another try is under way. */
  attempt: (work: () => Promise<unknown>, onRefused?: (error: ProblemError) => void) => Promise<boolean>;
}

export function useAttempt(): Attempt {
  const refusal = useAccessRefusal();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [until_ms, setUntil] = useState<number | null>(null);
  const waits = useLeftUntil_s(until_ms) > 0;
  const attempt: Attempt["attempt"] = async (work, onRefused) => {
    if (busy || waits) return false;
    setRefused(null);
    setUntil(null);
    setBusy(true);
    try {
      await work();
      return true;
    } catch (error) {
      setRefused(refusal(error));
      if (error instanceof ProblemError) {
        if (error.retryAfter_s !== null) setUntil(Date.now() + error.retryAfter_s * 1000);
        onRefused?.(error);
      }
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, waits, refused, until_ms, refuse: setRefused, attempt };
}

/** In the reader's language where the reason is known, else in the server's words. */
function useAccessRefusal(): (error: unknown) => string {
  const { t } = useTranslation();
  const reason = useReason();
  return (error) => {
    const code = error instanceof ProblemError ? CODES.find((one) => one === error.problem.code) : undefined;
    return code ? t(`access.refused.${code}`) : reason(error);
  };
}
