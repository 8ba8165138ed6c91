// One request to the server: JSON in and out, problems as errors, and what it tells about the server being reachable.
import { connection } from "./connection";
import type { Problem } from "./types";

const TIMEOUT_MS = 8000;

/** The server answered and said no. `problem.detail` is in words and fit to be shown. */
export class ProblemError extends Error {
  readonly problem: Problem;
  /** The server asks not to be asked again for so long. */
  readonly retryAfter_s: number | null;

  constructor(problem: Problem, retryAfter_s: number | null = null) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
    this.problem = problem;
    this.retryAfter_s = retryAfter_s;
  }
}

/** No answer, or one that is not the server's own (a proxy's 502). */
export class UnreachableError extends Error {
  constructor(path: string, cause: unknown) {
    super(`no answer from ${path}`, { cause });
    this.name = "UnreachableError";
  }
}

interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeout_ms?: number;
}

/** What the server calls it when it is no longer who this page believes it to be that asks. */
const TURNED_AWAY = ["sign_in_first", "set_up_first", "not_allowed"];

let turnedAway = (): void => undefined;

/** `listener` hears of each request that was refused because of who asks. There is one, who then asks who that is. */
export function onTurnedAway(listener: () => void): void {
  turnedAway = listener;
}

/** For whoever has to call `fetch` itself. */
export function lookForRefusal(response: Response): void {
  if (response.status === 401) turnedAway();
}

/** Asks the server; rejects with `ProblemError` or `UnreachableError` (an aborted request rejects as fetch does). */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { method = "GET", body, signal, timeout_ms = TIMEOUT_MS } = options;
  const deadline = AbortSignal.timeout(timeout_ms);
  const init: RequestInit = {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  };
  if (body !== undefined) init.body = JSON.stringify(body);

  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.requestFailed();
    throw new UnreachableError(path, error);
  }
  const kind = response.headers.get("content-type") ?? "";
  if (!response.ok && !kind.includes("json")) {
    connection.requestFailed();
    throw new UnreachableError(path, response.status);
  }
  connection.requestAnswered();
  const data: unknown = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    const problem = toProblem(data, response);
    if (TURNED_AWAY.includes(String(problem.code))) turnedAway();
    throw new ProblemError(problem, retryAfter_s(response));
  }
  return data as T;
}

function retryAfter_s(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return Number.isNaN(seconds) ? null : seconds;
}

/** What it says beyond the standard's members (`code`, `errors`, …) stays. */
function toProblem(data: unknown, response: Response): Problem {
  const given = typeof data === "object" && data !== null ? (data as Partial<Problem>) : {};
  return {
    ...given,
    type: given.type ?? "about:blank",
    title: given.title ?? response.statusText,
    status: response.status,
    detail: typeof given.detail === "string" ? given.detail : "",
  };
}

/** A query string without the parameters that are null, undefined or empty; with its `?` unless all are. */
export function queryString(params: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}
