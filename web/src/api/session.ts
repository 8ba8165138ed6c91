// Who is asking, as the server says it: a small store beside the query cache, which is emptied when it is somebody else.
import { useSyncExternalStore } from "react";
import { onTurnedAway, request } from "./http";
import type { Role, SessionState } from "./types";

export interface Session {
  /** `asking` until there is an answer; `unreachable` while there was none: a server that is dead shows nobody out. */
  state: SessionState["state"] | "asking" | "unreachable";
  name: string | null;
  /** What it may do; null while nobody is let in. */
  role: Role | null;
  minPasswordLength: number;
  /** Whom the server has shown out, not by their own wish. */
  shownOut: string | null;
}

/** What not everybody who is let in may do: act on the house; decide about accounts, PINs and evidence. */
export type Right = "operate" | "administer";

const RIGHTS: Record<Role, readonly Right[]> = {
  viewer: [],
  operator: ["operate"],
  admin: ["operate", "administer"],
};
const ASK_TIMEOUT_MS = 4000;
const MIN_PASSWORD_LENGTH = 12;

export class SessionStore {
  #state: Session = {
    state: "asking",
    name: null,
    role: null,
    minPasswordLength: MIN_PASSWORD_LENGTH,
    shownOut: null,
  };
  #listeners = new Set<() => void>();
  #asking: Promise<void> | null = null;
  #wanted = false;
  /** Goes up with each answer that counts: one that was under way meanwhile is older. */
  #turn = 0;

  get = (): Session => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the server. Resolves when nothing more is to be asked, whatever came of it. */
  ask(): Promise<void> {
    this.#wanted = true;
    this.#asking ??= this.#askWhileWanted().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** The server's word. `bidden`: it is by one's own wish. */
  take(told: SessionState, bidden = false): void {
    this.#turn += 1;
    const before = this.#state;
    const name = told.name ?? null;
    const isShownOut = told.state === "signed_out" && before.state === "signed_in" && !bidden;
    this.#set({
      state: told.state,
      name,
      role: told.role ?? null,
      minPasswordLength: told.min_password_length ?? MIN_PASSWORD_LENGTH,
      shownOut: isShownOut ? before.name : told.state === "signed_out" && !bidden ? before.shownOut : null,
    });
  }

  async #askWhileWanted(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      const turn = this.#turn;
      try {
        const told = await request<SessionState>("/api/session", { timeout_ms: ASK_TIMEOUT_MS });
        if (turn === this.#turn) this.take(told);
      } catch {
        // What was known of who this is stays: the page goes grey by itself.
        if (this.#state.state === "asking") this.#set({ ...this.#state, state: "unreachable" });
      }
    }
  }

  #set(next: Session): void {
    const now = this.#state;
    if ((Object.keys(next) as (keyof Session)[]).every((name) => next[name] === now[name])) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new SessionStore();
onTurnedAway(() => void session.ask());

/** Whether the server lets this page look. */
export function isLetIn({ state }: Session): boolean {
  return state === "signed_in" || state === "open";
}

export function useSession(): Session {
  return useSyncExternalStore(session.subscribe, session.get);
}

/** Whether who is asking may do such things. The server has the last word. */
export function useMay(right: Right): boolean {
  const { role } = useSession();
  return role !== null && RIGHTS[role].includes(right);
}

export async function signIn(name: string, password: string): Promise<void> {
  session.take(await request<SessionState>("/api/session", { method: "POST", body: { name, password } }));
}

/** The server forgets who this is: what this page knows is forgotten with it (`app/visits.ts`). */
export async function signOut(): Promise<void> {
  await request<null>("/api/session", { method: "DELETE" });
  session.take({ state: "signed_out" }, true);
}

/** Makes the first account, an admin's. `code`: what was behind the `#` of the set-up link. */
export async function setUp(name: string, password: string, code: string | null): Promise<void> {
  const body = { name, password, ...(code === null ? {} : { code }) };
  session.take(await request<SessionState>("/api/set-up", { method: "POST", body }));
}

/** Signs out everywhere but here. */
export async function changeOwnPassword(current_password: string, new_password: string): Promise<void> {
  const body = { current_password, new_password };
  session.take(await request<SessionState>("/api/session/password", { method: "PUT", body }));
}
