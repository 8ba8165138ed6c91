// Whether a camera's live pictures can be asked for, and if not, why. Pure.
import type { Camera } from "@/api/camera";
import type { Blocked } from "./blocked";

export type NoLive = Blocked | "private" | "failed" | "starting" | "unsaid";

/** The first thing in the way, from this browser to the lens; null when there is none. */
export function noLiveBecause(blocked: Blocked | null, camera: Camera | null): NoLive | null {
  if (blocked !== null) return blocked;
  if (camera === null) return "unsaid";
  if (camera.private) return "private";
  return camera.state === "ok" ? null : camera.state;
}
