// Why a device cannot be commanded now, or that it can.
import { deviceStateNow, type SeenDevice } from "@/api/freshness";
import { useSite } from "@/api/queries";
import { useMay } from "@/api/session";
import type { DeviceState, Site } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { useNow_ms } from "@/format/useNow";

export type Blocked = "server" | "bridge" | "broker" | "offline" | "silent" | "unknown";
/** `role`: the way to it is free, but who is asking may only look. */
export type ControlsBlocked = Blocked | "role";

/** The first thing in the way, from this browser to the device; null when there is none. Pure. */
export function blockedBy(
  reachable: boolean,
  site: Pick<Site, "bridge" | "broker"> | undefined,
  state: DeviceState,
): Blocked | null {
  if (!reachable) return "server";
  if (site?.bridge === "absent") return "bridge";
  if (site?.broker === "absent") return "broker";
  return state === "online" ? null : state;
}

export function useBlocked(device: SeenDevice): Blocked | null {
  const now_ms = useNow_ms(1000);
  return blockedBy(useReachable(), useSite().data, deviceStateNow(device, now_ms));
}

export function useControlsBlocked(blocked: Blocked | null): ControlsBlocked | null {
  const mayOperate = useMay("operate");
  return blocked ?? (mayOperate ? null : "role");
}
