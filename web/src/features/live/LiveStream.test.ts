import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveStream, type StreamState } from "./LiveStream";
import type { Picture } from "./picture";

/** The other side of the stream: what the test says is what arrives. */
class FakeCamera {
  readonly asked: AbortSignal[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  install(): this {
    globalThis.fetch = async (_, init) => {
      const signal = init?.signal as AbortSignal;
      this.asked.push(signal);
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#controller = controller;
          signal.addEventListener("abort", () => controller.error(new DOMException("aborted", "AbortError")));
        },
      });
      return new Response(body, { headers: { "content-type": "multipart/x-mixed-replace; boundary=frame" } });
    };
    return this;
  }

  send(...frames: number[]): void {
    const text = frames.map(
      (frame) => `--frame\r\nContent-Length: 3\r\nX-Frame: ${frame}\r\nX-Age-Ms: 40\r\n\r\nabc\r\n`,
    );
    this.#controller?.enqueue(new TextEncoder().encode(text.join("")));
  }

  end(): void {
    this.#controller?.close();
  }
}

let pictures: Picture[];
let states: StreamState[];
let stream: LiveStream | undefined;

function open(): LiveStream {
  stream = new LiveStream("/api/cameras/raspberry-01/live", {
    onPicture: (picture) => pictures.push(picture),
    onState: (state) => states.push(state),
  });
  return stream;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  pictures = [];
  states = [];
});

afterEach(() => {
  stream?.stop();
  vi.useRealTimers();
});

describe("the live stream", () => {
  test("shows the newest of what came together, with the age that it was told", async () => {
    const camera = new FakeCamera().install();
    open();
    await settle();
    camera.send(1, 2, 3);
    await settle();
    expect(pictures.map(({ frame, age_ms }) => [frame, age_ms])).toEqual([[3, 40]]);
    expect(states.at(-1)).toEqual({ step: "live" });
  });

  test("asks again after an end, later each time, and from the start once there was a picture", async () => {
    const camera = new FakeCamera().install();
    open();
    await settle();
    camera.end();
    await settle();
    expect(states.at(-1)).toEqual({ step: "waiting", reason: null, failures: 1 });
    await vi.advanceTimersByTimeAsync(500);
    expect(camera.asked).toHaveLength(2);
    camera.end();
    await vi.advanceTimersByTimeAsync(999);
    expect(camera.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(camera.asked).toHaveLength(3);
    camera.send(1);
    await settle();
    camera.end();
    await settle();
    expect(states.at(-1)).toEqual({ step: "waiting", reason: null, failures: 1 });
  });

  test("gives up a connection that brings nothing for ten seconds", async () => {
    const camera = new FakeCamera().install();
    open();
    await settle();
    camera.send(1);
    await vi.advanceTimersByTimeAsync(9999);
    expect(camera.asked[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(501);
    expect(camera.asked[0]?.aborted).toBe(true);
    expect(camera.asked).toHaveLength(2);
  });

  test("tells the server's own words when there is no live", async () => {
    const body = JSON.stringify({ detail: "raspberry-01 is offline" });
    globalThis.fetch = async () =>
      new Response(body, { status: 409, headers: { "content-type": "application/problem+json" } });
    open();
    await settle();
    expect(states.at(-1)).toEqual({ step: "waiting", reason: "raspberry-01 is offline", failures: 1 });
  });

  test("closes the connection and is silent once it is stopped", async () => {
    const camera = new FakeCamera().install();
    const live = open();
    await settle();
    const told = states.length;
    live.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(camera.asked).toHaveLength(1);
    expect(camera.asked[0]?.aborted).toBe(true);
    expect(states).toHaveLength(told);
  });
});
