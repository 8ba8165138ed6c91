// How long a countdown goes on yet, by the server's clock.

import { useConnection } from "@/api/connection";
import type { Countdown } from "@/api/guard";
import { useNow_ms } from "@/format/useNow";

/** Whole seconds, never below zero. */
export function useLeft_s(countdown: Countdown): number {
  useNow_ms(1000); // the beat; what it gives is a whole second, which would show one too many
  const now_ms = Date.now() + useConnection().clockOffset_ms;
  return Math.max(0, Math.ceil((countdown.ends_ms - now_ms) / 1000));
}
