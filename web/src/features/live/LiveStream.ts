// One camera's live pictures over fetch: reads, counts what moves on, asks again with back-off. Newest wins, no queue.
import { lookForRefusal } from "@/api/http";
import { boundaryOf, MultipartError, MultipartReader, type Part } from "@/api/multipart";
import { nextPicture, type Picture, SILENT_AFTER_MS, waitAfter_ms } from "./picture";

export type StreamState =
  | { step: "asking" }
  | { step: "live" }
  /** `reason`: the server's own words, in English; null when nobody answered. */
  | { step: "waiting"; reason: string | null; failures: number };

export interface StreamListener {
  onPicture: (picture: Picture) => void;
  onState: (state: StreamState) => void;
}

/** Reads until `stop` is called. Nothing is told after that. */
export class LiveStream {
  readonly #address: string;
  readonly #listener: StreamListener;
  #asked = new AbortController();
  #stopped = false;
  #failures = 0;
  #last: Picture | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, listener: StreamListener) {
    this.#address = address;
    this.#listener = listener;
    void this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#asked.abort();
  }

  async #ask(): Promise<void> {
    this.#asked = new AbortController();
    if (this.#failures === 0) this.#listener.onState({ step: "asking" });
    const reason = await this.#read().catch(wordsOf);
    if (this.#stopped) return;
    this.#asked.abort();
    this.#failures += 1;
    this.#listener.onState({ step: "waiting", reason, failures: this.#failures });
    this.#timer = setTimeout(() => void this.#ask(), waitAfter_ms(this.#failures));
  }

  /** Resolves when the stream has ended, with what the server said to that. */
  async #read(): Promise<string | null> {
    const bored = this.#watch();
    try {
      const response = await fetch(this.#address, { signal: this.#asked.signal });
      if (!response.ok) {
        lookForRefusal(response);
        return await detailOf(response);
      }
      const boundary = boundaryOf(response.headers.get("content-type"));
      if (boundary === null || response.body === null) throw new MultipartError("it is no stream of pictures");
      const multipart = new MultipartReader(boundary);
      const reader = response.body.getReader();
      while (!multipart.ended) {
        const { done, value } = await reader.read();
        if (done) break;
        bored.again();
        // Of several pictures in one chunk all but the newest are the past already.
        const newest = multipart.push(value).at(-1);
        if (newest && !this.#stopped) this.#show(newest);
      }
      return null;
    } finally {
      bored.end();
    }
  }

  /** Gives up a connection that brings nothing: TCP may take minutes to find out that the other side is gone. */
  #watch(): { again: () => void; end: () => void } {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => clearTimeout(timer);
    const again = () => {
      end();
      timer = setTimeout(() => this.#asked.abort(), SILENT_AFTER_MS);
    };
    again();
    return { again, end };
  }

  #show({ headers, body }: Part): void {
    this.#last = nextPicture(this.#last, {
      jpeg: new Blob([body], { type: "image/jpeg" }),
      frame: numberIn(headers.get("x-frame")),
      age_ms: numberIn(headers.get("x-age-ms")),
      arrivedAt_ms: Date.now(),
    });
    this.#failures = 0;
    this.#listener.onState({ step: "live" });
    this.#listener.onPicture(this.#last);
  }
}

function numberIn(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || text === "" || !Number.isFinite(value) ? null : value;
}

function wordsOf(error: unknown): string | null {
  return error instanceof MultipartError ? error.message : null;
}

async function detailOf(response: Response): Promise<string | null> {
  if (!(response.headers.get("content-type") ?? "").includes("json")) return null;
  const { detail } = (await response.json()) as { detail?: unknown };
  return typeof detail === "string" && detail !== "" ? detail : null;
}
