import { renderHook } from "@testing-library/react";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dismissToast, showToast, useToasts } from "./toasts";

const MOTION = { key: "alert/raspberry-01/motion", tone: "alert", title: "Movement, entrance" } as const;

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

test("a toast with a known key is updated where it stands, not stacked", () => {
  const { result } = renderHook(useToasts);
  act(() => {
    showToast({ ...MOTION, text: "once" });
    showToast({ key: "export", tone: "info", title: "7 events exported" });
    showToast({ ...MOTION, text: "2 times" });
  });
  expect(result.current.map(({ text }) => text)).toEqual(["2 times", undefined]);
});

test("a toast goes by itself, later when it was updated", () => {
  const { result } = renderHook(useToasts);
  act(() => showToast(MOTION));
  act(() => vi.advanceTimersByTime(6000));
  act(() => showToast(MOTION));
  act(() => vi.advanceTimersByTime(6000));
  expect(result.current).toHaveLength(1);
  act(() => vi.advanceTimersByTime(2000));
  expect(result.current).toEqual([]);
});

test("a dismissed toast is gone", () => {
  const { result } = renderHook(useToasts);
  act(() => showToast(MOTION));
  act(() => dismissToast(MOTION.key));
  expect(result.current).toEqual([]);
});
