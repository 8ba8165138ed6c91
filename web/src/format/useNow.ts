// One clock for the whole page: components re-render only when their own step of time has passed.
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** This browser's time in milliseconds since 1970, in steps of `step_ms` (1000 or more). */
export function useNow_ms(step_ms: number): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / step_ms) * step_ms);
}
