// The code of the set-up link (`/set-up#CODE`). It is taken out of the address at once: that is in the history, and is read
// over the shoulder. Kept in memory alone.
import { useSyncExternalStore } from "react";

export const SET_UP_PATH = "/set-up";

let code: string | null = null;
const listeners = new Set<() => void>();

function take(): void {
  const { pathname, search, hash } = window.location;
  if (pathname !== SET_UP_PATH || hash.length < 2) return;
  code = hash.slice(1);
  window.history.replaceState(window.history.state, "", pathname + search);
  for (const listener of listeners) listener();
}

/** Takes it now, and whenever a link with one is opened in this tab. */
export function watchForSetUpCode(): void {
  take();
  window.addEventListener("hashchange", take);
}

export function useSetUpCode(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => code,
  );
}
