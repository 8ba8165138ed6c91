// What this browser knows about its own network and about the server: a small store beside the query cache.
import { useSyncExternalStore } from "react";

export interface Connection {
  browserOnline: boolean;
  /** `waiting` until the first attempt has ended. */
  socket: "waiting" | "up" | "down";
  socketDownAt_ms: number | null;
  requests: "waiting" | "answered" | "failing";
  /** When the server was last heard, by this browser's clock. */
  lastHeard_ms: number | null;
  /** Server's clock minus this browser's. */
  clockOffset_ms: number;
}

type Listener = () => void;

class ConnectionStore {
  #state: Connection = {
    browserOnline: typeof navigator === "undefined" || navigator.onLine,
    socket: "waiting",
    socketDownAt_ms: null,
    requests: "waiting",
    lastHeard_ms: null,
    clockOffset_ms: 0,
  };
  #listeners = new Set<Listener>();

  get = (): Connection => this.#state;

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<Connection>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  requestAnswered(): void {
    this.set({ requests: "answered", lastHeard_ms: Date.now() });
  }

  requestFailed(): void {
    this.set({ requests: "failing" });
  }

  socketUp(): void {
    this.set({ socket: "up", socketDownAt_ms: null, lastHeard_ms: Date.now() });
  }

  /** Nobody connects now; the next attempt is a first one. */
  socketUnused(): void {
    this.set({ socket: "waiting", socketDownAt_ms: null });
  }

  socketDown(): void {
    if (this.#state.socket !== "down") this.set({ socket: "down", socketDownAt_ms: Date.now() });
  }

  socketHeard(): void {
    this.set({ lastHeard_ms: Date.now() });
  }
}

export const connection = new ConnectionStore();

export function useConnection(): Connection {
  return useSyncExternalStore(connection.subscribe, connection.get);
}

/** Now by the server's clock, in milliseconds since 1970. */
export function serverNow_ms(): number {
  return Date.now() + connection.get().clockOffset_ms;
}
