// A trouble in words, with what to try. A code that this dashboard does not know keeps the server's own words.
import { useTranslation } from "react-i18next";
import { useSite } from "@/api/queries";
import type { Trouble } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { useLanguage } from "@/i18n";

const KNOWN = [
  "silent",
  "offline",
  "fault",
  "throttled",
  "disk_low",
  "clock_unsynced",
  "no_log",
  "missing_events",
  "identity_conflict",
  "database_failing",
  "server_fault",
  "bridge_absent",
  "broker_absent",
  "bridge_fault",
  "spool_deep",
] as const;

/** As the Pi names its faults, `name` or `name:which`. */
const FAULTS = [
  "stuck",
  "edge_storm",
  "gpio_thread",
  "servo",
  "log_full",
  "log_overflow",
  "log_corrupt",
  "log_was_copied",
  "identity_conflict",
  "publish_refused",
  "replay_failed",
  "task",
  "open_zone",
  "peer_silent",
  "broker_lost",
  "config_refused",
  "mode_refused",
  "mode_key",
  "part_failed",
  "camera_covered",
  "camera_dark",
  "camera_frozen",
  "camera_moved",
  "camera_moved_at",
  "camera_disk_full",
  "camera_clip_failed",
  "camera_no_pictures",
  "camera_crashed",
  "camera_hung",
  "camera_token",
] as const;

/** Faults that the server, too, looks for itself and has a code for. */
const SAME_AS_CODE: Record<string, KnownCode> = {
  clock_unsynced: "clock_unsynced",
  disk_low: "disk_low",
  under_voltage: "throttled",
};

/** What the state of a part calls a fault that the heartbeat has another name for. */
const SAME_FAULT: Record<string, string> = { "no pulses": "servo" };

/** `which` of these is no sensor. */
const NO_SENSOR: readonly string[] = ["task", "peer_silent", "camera_moved_at"];

type KnownCode = (typeof KNOWN)[number];
type KnownFault = (typeof FAULTS)[number];

export interface TroubleText {
  title: string;
  /** What to try; null when only the server knows. */
  hint: string | null;
}

function isKnown(code: string): code is KnownCode {
  return (KNOWN as readonly string[]).includes(code);
}

function isKnownFault(name: string): name is KnownFault {
  return (FAULTS as readonly string[]).includes(name);
}

/** Each trouble once: a fault of a sensor or the servo is told in the heartbeat and in the state of that part. */
export function distinctTroubles(troubles: Trouble[]): Trouble[] {
  const byKey = new Map<string, Trouble>();
  for (const told of troubles) {
    const trouble = withCode(told);
    const detail = trouble.code === "fault" ? (SAME_FAULT[trouble.detail] ?? trouble.detail) : trouble.detail;
    // Two Pis of one name: the server sees it in their heartbeats, the Pi in its connection.
    const isIdentity = trouble.code === "identity_conflict" || detail === "identity_conflict";
    const isMachine = Object.values(SAME_AS_CODE).includes(trouble.code as KnownCode);
    const key = isIdentity ? "identity_conflict" : isMachine ? trouble.code : `${trouble.code} ${detail}`;
    if (!byKey.has(key)) byKey.set(key, { ...trouble, detail });
  }
  return [...byKey.values()];
}

function withCode(trouble: Trouble): Trouble {
  const code = trouble.code === "fault" ? SAME_AS_CODE[trouble.detail] : undefined;
  return code === undefined ? trouble : { code, detail: "" };
}

export function useTroubleWords(): (trouble: Trouble) => TroubleText {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? [];
  return (trouble) => {
    const { code, detail } = withCode(trouble);
    if (code === "fault") {
      // A camera has troubles of its own: "camera:dark" is one, and no sensor "dark".
      const fault = (SAME_FAULT[detail] ?? detail)
        .replace(/^camera:moved:/, "camera_moved_at:")
        .replace(/^camera:/, "camera_");
      const [name = "", which = ""] = fault.split(":", 2);
      if (isKnownFault(name)) {
        const what = NO_SENSOR.includes(name) ? which : sensorLabel(which, kinds, language);
        return { title: t(`devices.faults.${name}.title`, { which: what }), hint: t(`devices.faults.${name}.hint`) };
      }
    }
    if (!isKnown(code)) return { title: detail || code, hint: null };
    // The cause alone: what follows it is said by the hint, in the reader's language.
    const cause = code === "database_failing" ? detail.split("; ", 1)[0] : detail;
    return { title: t(`devices.trouble.${code}.title`, { detail: cause }), hint: t(`devices.trouble.${code}.hint`) };
  };
}
