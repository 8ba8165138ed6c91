import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useLiveStream } from "./useLiveStream";

let asked: { address: string; signal: AbortSignal }[];
let visibility: DocumentVisibilityState;

beforeEach(() => {
  asked = [];
  visibility = "visible";
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibility });
  globalThis.fetch = (address, init) => {
    asked.push({ address: String(address), signal: init?.signal as AbortSignal });
    return new Promise(() => undefined);
  };
});

afterEach(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(document, "visibilityState");
});

function turn(to: DocumentVisibilityState): void {
  visibility = to;
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
}

const ended = () => asked.map(({ signal }) => signal.aborted);

test("the stream ends when the tab is hidden, and begins again when it is looked at", () => {
  renderHook(() => useLiveStream("/live"));
  expect(ended()).toEqual([false]);
  turn("hidden");
  expect(ended()).toEqual([true]);
  turn("visible");
  expect(ended()).toEqual([true, false]);
});

test("the stream ends when the page is left, and for another camera", () => {
  const { rerender, unmount } = renderHook(({ address }) => useLiveStream(address), {
    initialProps: { address: "/live/1" as string | null },
  });
  rerender({ address: "/live/2" });
  expect(ended()).toEqual([true, false]);
  rerender({ address: null });
  expect(ended()).toEqual([true, true]);
  rerender({ address: "/live/3" });
  unmount();
  expect(ended()).toEqual([true, true, true]);
  expect(asked.map(({ address }) => address)).toEqual(["/live/1", "/live/2", "/live/3"]);
});

test("the first picture is shown at once, not with the next tick", async () => {
  const part = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 2\r\nX-Frame: 7\r\nX-Age-Ms: 5\r\n\r\nab\r\n";
  const wantsMore = Promise.withResolvers<void>();
  const chunks = [new TextEncoder().encode(part)];
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk) return controller.enqueue(chunk);
        wantsMore.resolve();
        return new Promise(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "multipart/x-mixed-replace; boundary=frame" };
  globalThis.fetch = () => Promise.resolve(new Response(body, { headers }));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { result, unmount } = renderHook(() => useLiveStream("/live"));
  await act(() => wantsMore.promise);
  expect(result.current.picture?.frame).toBe(7);
  unmount();
});
