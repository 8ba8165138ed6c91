// How long a wait is yet that the server has asked for.
import { useNow_ms } from "@/format/useNow";

/** Whole seconds until then; 0 when it is over or there is none. */
export function useLeftUntil_s(until_ms: number | null): number {
  useNow_ms(1000); // the beat
  return until_ms === null ? 0 : Math.max(0, Math.ceil((until_ms - Date.now()) / 1000));
}
