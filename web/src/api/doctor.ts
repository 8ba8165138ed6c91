// The server's machine, examined by its own doctor.
import { useMutation } from "@tanstack/react-query";
import { request } from "./http";
import type { Examination } from "./types";

/** Longer than the server gives its doctor: the server's own word comes first. */
const TIMEOUT_MS = 70_000;

/** For an admin. It takes seconds, on a small machine a few more. */
export function useExamination() {
  return useMutation({
    mutationFn: () => request<Examination>("/api/doctor", { method: "POST", timeout_ms: TIMEOUT_MS }),
  });
}
