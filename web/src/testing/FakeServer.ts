// A hand-written stand-in for the server's HTTP side: answers by method and path, and remembers what was asked.
import type { Problem } from "@/api/types";

type Answer = { status: number; body: unknown; headers?: Record<string, string> } | "unreachable";
type Handler = (body: unknown, search: URLSearchParams) => Answer | Promise<Answer>;

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function problem(
  status: number,
  detail: string,
  more: object = {},
  headers: Record<string, string> = {},
): Answer {
  const body: Problem = { type: "about:blank", title: "Refused", status, detail, ...more };
  return { status, body, headers };
}

export class FakeServer {
  readonly asked: string[] = [];
  readonly #routes = new Map<string, Handler>();

  /** `on("GET /api/mode", () => ok(…))` */
  on(route: string, handler: Handler): this {
    this.#routes.set(route, handler);
    return this;
  }

  /** Takes the place of fetch. */
  install(): this {
    globalThis.fetch = (input, init) => this.#answer(String(input), init);
    return this;
  }

  async #answer(path: string, init?: RequestInit): Promise<Response> {
    const url = new URL(path, "http://vigie.test");
    const route = `${init?.method ?? "GET"} ${url.pathname}`;
    this.asked.push(`${init?.method ?? "GET"} ${path}`);
    const handler = this.#routes.get(route);
    const body: unknown = init?.body ? JSON.parse(String(init.body)) : undefined;
    const answer = handler ? await handler(body, url.searchParams) : problem(404, `the fake server has no ${route}`);
    if (answer === "unreachable") throw new TypeError("fetch failed");
    const kind = answer.status < 400 ? "application/json" : "application/problem+json";
    return new Response(JSON.stringify(answer.body), {
      status: answer.status,
      headers: { "content-type": kind, ...answer.headers },
    });
  }
}
