import { describe, expect, test } from "vitest";
import { FROZEN_AFTER_MS, isFrozen, nextPicture, type Picture, pictureAge_ms, waitAfter_ms } from "./picture";

const JPEG = new Blob();

function picture(
  frame: number | null,
  arrivedAt_ms: number,
  age_ms: number | null = 100,
  before: Picture | null = null,
) {
  return nextPicture(before, { jpeg: JPEG, frame, age_ms, arrivedAt_ms });
}

describe("a live picture", () => {
  test("grows older from the age that the server told", () => {
    expect(pictureAge_ms(picture(1, 10_000, 250), 11_000)).toBe(1250);
    expect(pictureAge_ms(picture(1, 10_000, null), 11_000)).toBe(1000);
  });

  test("is frozen when no other comes for three seconds", () => {
    const last = picture(1, 10_000, 0);
    expect(isFrozen(last, 10_000 + FROZEN_AFTER_MS)).toBe(false);
    expect(isFrozen(last, 10_001 + FROZEN_AFTER_MS)).toBe(true);
  });

  test("is frozen when the same frame comes again and again, whatever age it claims", () => {
    let last = picture(7, 0, 0);
    for (let at_ms = 500; at_ms <= 3500; at_ms += 500) last = picture(7, at_ms, 0, last);
    expect(isFrozen(last, 3500)).toBe(true);
    expect(isFrozen(picture(8, 3600, 0, last), 3600)).toBe(false);
  });

  test("is frozen when it arrives too late to be live, even while the frames move on", () => {
    const late = picture(2, 500, 9000, picture(1, 0, 8500));
    expect(isFrozen(late, 500)).toBe(true);
  });

  test("has moved on when the camera was started anew and counts from one", () => {
    expect(isFrozen(picture(1, 9000, 0, picture(4711, 0, 0)), 9000)).toBe(false);
  });

  test("moves on with each arrival where nobody counts", () => {
    expect(isFrozen(picture(null, 9000, null, picture(null, 0, null)), 9000)).toBe(false);
  });
});

test("each failure waits twice as long, up to a bound", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map(waitAfter_ms)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});
