// Accounts, tokens and who is signed in where, as hooks. No password and no token is in any cache.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { request } from "./http";
import { AUDIT } from "./people";
import type {
  MadeToken,
  Role,
  Scope,
  SessionInfo,
  SessionList,
  TokenInfo,
  TokenList,
  UserInfo,
  UserList,
} from "./types";

const USERS = ["users"];
const TOKENS = ["tokens"];
const SESSIONS = ["sessions"];
const EVERY_MS = 15_000;

/** For an admin. */
export function useUsers() {
  return useQuery({
    queryKey: USERS,
    queryFn: async ({ signal }): Promise<UserInfo[]> => (await request<UserList>("/api/users", { signal })).users,
    refetchInterval: EVERY_MS,
  });
}

/** For an admin. */
export function useTokens() {
  return useQuery({
    queryKey: TOKENS,
    queryFn: async ({ signal }): Promise<TokenInfo[]> => (await request<TokenList>("/api/tokens", { signal })).tokens,
    refetchInterval: EVERY_MS,
  });
}

/** One's own; an admin's: everybody's. For who has an account. */
export function useSessions() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: async ({ signal }): Promise<SessionInfo[]> =>
      (await request<SessionList>("/api/sessions", { signal })).sessions,
    refetchInterval: EVERY_MS,
  });
}

export type UserRequest =
  | { what: "add"; name: string; role: Role; password: string }
  | { what: "role"; name: string; role: Role }
  | { what: "password"; name: string; password: string }
  | { what: "remove"; name: string };

/** Each resolves when it is done, and rejects with a `ProblemError` when it was refused. */
export interface AccessChanges {
  changeUsers: (asked: UserRequest) => Promise<void>;
  /** Resolves with the token: it is seen this once. */
  addToken: (name: string, scope: Scope) => Promise<string>;
  revokeToken: (name: string) => Promise<void>;
  endSession: (id: number) => Promise<void>;
}

export function useAccessChanges(): AccessChanges {
  const client = useQueryClient();
  /** All that such a change shows in, besides the list that it answers. */
  const askAgain = useCallback(
    (...lists: string[][]) => {
      for (const queryKey of [...lists, AUDIT]) void client.invalidateQueries({ queryKey });
    },
    [client],
  );
  return {
    changeUsers: async (asked) => {
      const { users } = await sendUser(asked);
      client.setQueryData(USERS, users);
      askAgain(SESSIONS);
    },
    addToken: async (name, scope) => {
      const { token } = await request<MadeToken>("/api/tokens", { method: "POST", body: { name, scope } });
      askAgain(TOKENS);
      return token;
    },
    revokeToken: async (name) => {
      const { tokens } = await request<TokenList>(`/api/tokens/${encodeURIComponent(name)}`, { method: "DELETE" });
      client.setQueryData(TOKENS, tokens);
      askAgain();
    },
    endSession: async (id) => {
      const { sessions } = await request<SessionList>(`/api/sessions/${id}`, { method: "DELETE" });
      client.setQueryData(SESSIONS, sessions);
      askAgain();
    },
  };
}

function sendUser({ what, name, ...given }: UserRequest): Promise<UserList> {
  if (what === "add") return request("/api/users", { method: "POST", body: { name, ...given } });
  const address = `/api/users/${encodeURIComponent(name)}`;
  if (what === "remove") return request(address, { method: "DELETE" });
  return request(address, { method: "PATCH", body: given });
}
