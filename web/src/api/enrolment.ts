// Taking a new Pi in: the code, who has asked with it, and the answer. The code itself is in no cache.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { request } from "./http";
import { AUDIT } from "./people";
import { keys } from "./queries";
import type { EnrolmentState, MadeCode } from "./types";

const ENROLMENT = ["enrolment"];
const EVERY_MS = 1000;
/** Whoever signs has to be started first. */
const SIGNING_MS = 40_000;

/** What has become of one's own last code, once a second while somebody looks. For an admin. */
export function useEnrolment(isWatched: boolean) {
  return useQuery({
    enabled: isWatched,
    queryKey: ENROLMENT,
    queryFn: ({ signal }) => request<EnrolmentState>("/api/enrolment", { signal }),
    refetchInterval: EVERY_MS,
    gcTime: 0,
  });
}

export interface EnrolmentChanges {
  /** Resolves with a new code: it is seen this once, and ends the one before. */
  open: () => Promise<MadeCode>;
  confirm: (check_number: string, replace: boolean) => Promise<void>;
  /** Ends the code, and refuses who has asked with it. */
  withdraw: () => Promise<void>;
  /** What a Pi that is in shows in. */
  lookAgain: () => void;
}

export function useEnrolmentChanges(): EnrolmentChanges {
  const client = useQueryClient();
  const forget = useCallback(async () => {
    await client.cancelQueries({ queryKey: ENROLMENT });
    client.removeQueries({ queryKey: ENROLMENT });
  }, [client]);
  const lookAgain = useCallback(() => {
    for (const queryKey of [keys.devices, AUDIT]) void client.invalidateQueries({ queryKey });
  }, [client]);
  return {
    open: async () => {
      const made = await request<MadeCode>("/api/enrolment", { method: "POST" });
      await forget(); // what was known is of the code before
      return made;
    },
    confirm: async (check_number, replace) => {
      const body = { check_number, replace };
      const told = await request<EnrolmentState>("/api/enrolment/confirm", {
        method: "POST",
        body,
        timeout_ms: SIGNING_MS,
      });
      client.setQueryData(ENROLMENT, told);
    },
    withdraw: async () => {
      const told = await request<EnrolmentState>("/api/enrolment", { method: "DELETE" });
      client.setQueryData(ENROLMENT, told);
      lookAgain();
    },
    lookAgain,
  };
}
