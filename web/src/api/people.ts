// People and their PINs, and the audit log, as hooks. A PIN is in no cache: it is sent and forgotten.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { request } from "./http";
import { useMay } from "./session";
import type { AuditList, PersonList } from "./types";

const PEOPLE = ["people"];
export const AUDIT = ["audit"];
const AUDIT_EVERY_MS = 15_000;

/** For who may operate; nobody else is told who has a PIN. */
export function usePeople() {
  return useQuery({
    enabled: useMay("operate"),
    queryKey: PEOPLE,
    queryFn: async ({ signal }) => (await request<PersonList>("/api/people", { signal })).people,
  });
}

/** The newest entries first. For an admin. */
export function useAudit(limit: number) {
  return useQuery({
    queryKey: [...AUDIT, limit],
    queryFn: async ({ signal }) => (await request<AuditList>(`/api/audit?limit=${limit}`, { signal })).entries,
    placeholderData: (before) => before,
    refetchInterval: AUDIT_EVERY_MS,
  });
}

/** What is asked of the list of people. What is not given stays; a `duress_pin` of null is taken away. */
export type PeopleRequest =
  | { what: "add"; name: string; pin: string; duress_pin?: string; current_pin?: string }
  | { what: "change"; name: string; pin?: string; duress_pin?: string | null; current_pin?: string }
  | { what: "remove"; name: string; current_pin?: string };

/** Resolves when it is done, rejects with a `ProblemError` when it was refused. */
export function useChangePeople(): (asked: PeopleRequest) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (asked) => {
      try {
        const { people } = await send(asked);
        client.setQueryData(PEOPLE, people);
      } finally {
        // A wrong PIN is in the audit log, too.
        void client.invalidateQueries({ queryKey: AUDIT });
      }
    },
    [client],
  );
}

function send({ what, name, ...given }: PeopleRequest): Promise<PersonList> {
  if (what === "add") return request("/api/people", { method: "POST", body: { name, ...given } });
  const address = `/api/people/${encodeURIComponent(name)}`;
  if (what === "change") return request(address, { method: "PUT", body: given });
  return request(`${address}/remove`, { method: "POST", body: given });
}
