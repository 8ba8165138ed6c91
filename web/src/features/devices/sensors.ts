// The levels of a device's sensors, out of its retained states. Pure: a stranger's shape is left out, never a crash.
import type { Device } from "@/api/types";

export interface SensorLevel {
  /** The sensor's name, as in its topic. */
  name: string;
  kind: string;
  active: boolean;
  /** The kind's own word: `detected`, `released`, … */
  state: string;
  location: string;
  /** ISO; null when the device does not know. */
  since: string | null;
  fault: string | null;
}

/** By name. A part without `active` (servo, siren, health) is no sensor. */
export function sensorLevels(device: Pick<Device, "states">): SensorLevel[] {
  return Object.entries(device.states ?? {})
    .filter(([, part]) => typeof part.active === "boolean")
    .map(([name, part]) => ({
      name,
      kind: text(part.kind) || name,
      active: part.active === true,
      state: text(part.state),
      location: text(part.location),
      since: Number.isNaN(Date.parse(text(part.since))) ? null : text(part.since),
      fault: text(part.fault) || null,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
