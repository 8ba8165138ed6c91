// Where the camera no longer sees what it saw, and whether it looks there now. Pure.
import type { Trouble } from "@/api/types";
import type { Servo } from "./servo";

const MOVED = /^camera:moved(?::(.+))?$/;

/** The presets of which the Pi says so; "" is the one place of a camera that cannot be turned. */
export function movedPresets(health: Trouble[] | undefined): string[] {
  const found = (health ?? []).flatMap(({ code, detail }) => {
    const match = code === "fault" ? MOVED.exec(detail) : null;
    return match ? [match[1] ?? ""] : [];
  });
  return [...new Set(found)];
}

/** The one of them at which the lens rests, null where it is elsewhere or on its way. */
export function restsAt(moved: string[], servo: Servo | null): string | null {
  if (servo?.moving) return null;
  const here = (name: string) =>
    name === "" || servo?.presets.some((preset) => preset.name === name && preset.angle_deg === servo.target_deg);
  return moved.find(here) ?? null;
}
