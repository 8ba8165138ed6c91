// A device's camera out of its retained state `states/{device}/camera`. Pure: what cannot be read is left out.
import type { Device } from "./types";

/** Clips on the Pi's card. */
export interface CardRoom {
  clips: number;
  used_bytes: number;
  max_bytes: number;
  /** Clips and stills that the server does not have yet. */
  waiting: number;
  free_bytes: number | null;
  days_left: number | null;
}

export interface Camera {
  state: "starting" | "ok" | "failed";
  fault: string | null;
  /** People are home: the lens is parked, nothing is recorded. */
  private: boolean;
  /** The clip that is being recorded. */
  recording: string | null;
  source: string;
  encoder: string;
  width: number;
  height: number;
  fps: number;
  luminance: number | null;
  viewers: number;
  patrol: boolean;
  card: CardRoom | null;
}

const STATES = ["starting", "ok", "failed"] as const;

/** The camera in a retained state, or null when it is none. */
export function parseCamera(state: Record<string, unknown> | undefined): Camera | null {
  const known = STATES.find((one) => one === state?.state);
  if (state === undefined || known === undefined) return null;
  return {
    state: known,
    fault: textOrNull(state.fault),
    private: state.private === true,
    recording: textOrNull(state.recording),
    source: textOrNull(state.source) ?? "",
    encoder: textOrNull(state.encoder) ?? "",
    width: numberOrNull(state.width) ?? 0,
    height: numberOrNull(state.height) ?? 0,
    fps: numberOrNull(state.fps) ?? 0,
    luminance: numberOrNull(state.luminance),
    viewers: numberOrNull(state.viewers) ?? 0,
    patrol: state.patrol === true,
    card: parseCard(state.card),
  };
}

function parseCard(value: unknown): CardRoom | null {
  if (typeof value !== "object" || value === null) return null;
  const card = value as Record<string, unknown>;
  return {
    clips: numberOrNull(card.clips) ?? 0,
    used_bytes: numberOrNull(card.used_bytes) ?? 0,
    max_bytes: numberOrNull(card.max_bytes) ?? 0,
    waiting: numberOrNull(card.waiting) ?? 0,
    free_bytes: numberOrNull(card.free_bytes),
    days_left: numberOrNull(card.days_left),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Whether a device has that part. A last will tells no parts: what has a retained state is there all the same. */
export function hasPart({ capabilities, states }: Pick<Device, "capabilities" | "states">, part: string): boolean {
  return (capabilities ?? []).includes(part) || states?.[part] !== undefined;
}
