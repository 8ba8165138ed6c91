// What may be said of a live picture: how old it is, and whether it still moves on. Pure.

/** As long as this a picture may stand: then it is shown as frozen. */
export const FROZEN_AFTER_MS = 3000;
/** A stream that brings nothing at all for so long is given up and asked for again. */
export const SILENT_AFTER_MS = 10_000;

export interface Picture {
  jpeg: Blob;
  /** The camera's own count; null where the stream does not tell. */
  frame: number | null;
  /** How old it was when it left the server, by the clocks over there; null where the stream does not tell. */
  age_ms: number | null;
  /** By this browser's clock, as all that follows. */
  arrivedAt_ms: number;
  /** When its frame number was first seen. */
  movedAt_ms: number;
}

/** The next picture after `before`: one with the same number has not moved on. */
export function nextPicture(before: Picture | null, given: Omit<Picture, "movedAt_ms">): Picture {
  const repeats = before !== null && given.frame !== null && given.frame === before.frame;
  return { ...given, movedAt_ms: repeats ? before.movedAt_ms : given.arrivedAt_ms };
}

/** Its age goes on growing here: nobody has to set a clock. */
export function pictureAge_ms({ age_ms, arrivedAt_ms }: Picture, now_ms: number): number {
  return (age_ms ?? 0) + Math.max(0, now_ms - arrivedAt_ms);
}

/** A picture is frozen when it is too old, however it got so: nothing comes, the same comes again, or all comes late. */
export function isFrozen(picture: Picture, now_ms: number): boolean {
  return pictureAge_ms(picture, now_ms) > FROZEN_AFTER_MS || now_ms - picture.movedAt_ms > FROZEN_AFTER_MS;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** How long to wait before asking again, after so many failures in a row. */
export function waitAfter_ms(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1));
}
