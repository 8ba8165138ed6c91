import { expect, test } from "vitest";
import { parseCamera } from "@/api/camera";
import { noLiveBecause } from "./watch";

const camera = (given: object) => parseCamera({ state: "ok", ...given });

test("there is live where nothing is in the way", () => {
  expect(noLiveBecause(null, camera({}))).toBeNull();
  expect(noLiveBecause(null, camera({ fault: "dark" }))).toBeNull();
});

test("what is nearer to the browser is named first", () => {
  expect(noLiveBecause("server", camera({ private: true }))).toBe("server");
  expect(noLiveBecause("silent", camera({ state: "failed" }))).toBe("silent");
  expect(noLiveBecause(null, camera({ private: true, state: "failed" }))).toBe("private");
  expect(noLiveBecause(null, camera({ state: "failed", fault: "no camera" }))).toBe("failed");
  expect(noLiveBecause(null, camera({ state: "starting" }))).toBe("starting");
  expect(noLiveBecause(null, null)).toBe("unsaid");
});
