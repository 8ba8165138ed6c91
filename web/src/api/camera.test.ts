import { expect, test } from "vitest";
import { hasPart, parseCamera } from "./camera";

test("a camera's state is read with its card", () => {
  const card = { clips: 4, used_bytes: 5, max_bytes: 6, waiting: 1, free_bytes: null, days_left: 12.5 };
  const state = { state: "ok", source: "picamera2", width: 1280, height: 720, fps: 14.9, private: false, card };
  expect(parseCamera(state)).toMatchObject({ state: "ok", source: "picamera2", fps: 14.9, fault: null, card });
});

test("a stranger's shape is no camera, and what is not well formed in one is left out", () => {
  expect(parseCamera(undefined)).toBeNull();
  expect(parseCamera({ state: "detected" })).toBeNull();
  const camera = parseCamera({ state: "failed", fault: "", fps: "15", private: "yes", recording: null, card: 7 });
  expect(camera).toMatchObject({ fault: null, fps: 0, private: false, recording: null, card: null });
});

test("a part is there when it is named, or has left a state", () => {
  expect(hasPart({ capabilities: ["camera"] }, "camera")).toBe(true);
  expect(hasPart({ states: { camera: {} } }, "camera")).toBe(true);
  expect(hasPart({ capabilities: ["motion"], states: {} }, "camera")).toBe(false);
});
