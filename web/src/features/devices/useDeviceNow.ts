// A device as of now: its state, whether anything vouches for what is shown, and how old that is in words.
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/connection";
import { deviceStateNow, heartbeatAge_s, type SeenDevice } from "@/api/freshness";
import type { DeviceState } from "@/api/types";
import { useKnownAt_ms, useReachable } from "@/api/useFreshness";
import { clockTime, duration, localDay, shortMoment } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";

export interface DeviceNow {
  state: DeviceState;
  reachable: boolean;
  /** Nothing vouches for the values: the device or the server is not heard. */
  stale: boolean;
  /** `heard 4 s ago` */
  heard: string;
  /** `as of 12:04`; null while fresh, or when there never was anything. */
  asOf: string | null;
}

export function useDeviceNow(device: SeenDevice): DeviceNow {
  const { t } = useTranslation();
  const language = useLanguage();
  const now_ms = useNow_ms(1000);
  const reachable = useReachable();
  const { lastHeard_ms } = useConnection();
  const knownAt_ms = useKnownAt_ms();
  const state = deviceStateNow(device, knownAt_ms);
  const age_s = heartbeatAge_s(device, knownAt_ms);
  const stale = !reachable || state === "offline" || state === "silent";

  // A server that is gone stops all clocks at its last word; a device that is gone, at its last heartbeat.
  const heartbeatAt_ms = device.heartbeat_at ? Date.parse(device.heartbeat_at) : null;
  const asOf_ms = reachable || state !== "online" ? heartbeatAt_ms : lastHeard_ms;
  const time = (at_ms: number) =>
    localDay(at_ms) === localDay(now_ms) ? clockTime(at_ms, language) : shortMoment(at_ms, language);
  const heardWords = () => {
    if (age_s === null) return t("devices.never_heard");
    return age_s < 2 ? t("devices.heard_now") : t("devices.heard", { time: duration(Math.floor(age_s), language) });
  };
  return {
    state,
    reachable,
    stale,
    heard: heardWords(),
    asOf: stale && asOf_ms !== null ? t("shell.as_of", { time: time(asOf_ms) }) : null,
  };
}
