// What there is only while somebody is let in: the live connection, and all that this page has been told.

import { heartbeatLog } from "@/api/heartbeats";
import { startLive } from "@/api/live";
import { feed, queryClient } from "@/api/queries";
import { isLetIn, type Session, session } from "@/api/session";
import { dismissAllToasts } from "@/ui/toasts";

const ASK_AGAIN_EVERY_MS = 3000;

/** The same for as long as it is the same person who may do the same. */
export function visitOf(now: Session): string | null {
  return isLetIn(now) ? `${now.state} ${now.name ?? ""} ${now.role ?? ""}` : null;
}

/** Begins and ends with each visit; between two of them everything is forgotten. Returns what ends it. */
export function watchVisits(): () => void {
  let visit: string | null = null;
  let stopLive: (() => void) | null = null;
  const look = () => {
    const now = visitOf(session.get());
    if (now === visit) return;
    stopLive?.();
    if (visit !== null) forget();
    visit = now;
    stopLive = visit === null ? null : startLive();
  };
  const stop = session.subscribe(look);
  look();
  // Also while nobody is let in: somebody signs in in another tab, perhaps, or the server comes back.
  const timer = setInterval(() => {
    if (visit === null && document.visibilityState === "visible") void session.ask();
  }, ASK_AGAIN_EVERY_MS);
  // Another tab may have signed in somebody else meanwhile: the cookie is of all of them.
  const shownAgain = () => document.visibilityState === "visible" && void session.ask();
  document.addEventListener("visibilitychange", shownAgain);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", shownAgain);
    stop();
    stopLive?.();
  };
}

function forget(): void {
  queryClient.clear();
  feed.forget();
  heartbeatLog.forget();
  dismissAllToasts();
}
