import { expect, test } from "vitest";
import { clipBeside, playerAct } from "./playerKeys";

test("space and k play and pause, j and l jump, arrows jump less, n and p change the clip", () => {
  const acts = [" ", "k", "j", "l", "ArrowLeft", "ArrowRight", "n", "p", "x"].map((key) => playerAct(key, false));
  expect(acts).toEqual([
    { do: "toggle" },
    { do: "toggle" },
    { do: "jump", by_s: -10 },
    { do: "jump", by_s: 10 },
    { do: "jump", by_s: -5 },
    { do: "jump", by_s: 5 },
    { do: "clip", by: 1 },
    { do: "clip", by: -1 },
    null,
  ]);
});

test("a button keeps its own space bar, the days keep their arrows", () => {
  expect([" ", "ArrowLeft", "ArrowRight"].map((key) => playerAct(key, true))).toEqual([null, null, null]);
});

test("the next clip is the later one, deleted ones are passed over", () => {
  const list = [
    { id: "c", state: "finished" },
    { id: "b", state: "deleted" },
    { id: "a", state: "finished" },
  ];
  expect(clipBeside(list, "a", 1)).toBe("c");
  expect(clipBeside(list, "c", -1)).toBe("a");
  expect(clipBeside(list, "c", 1)).toBeNull();
  expect(clipBeside(list, "b", 1)).toBe("c");
  expect(clipBeside(list, "gone", 1)).toBeNull();
});
