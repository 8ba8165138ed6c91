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
] as const;

/** What the state of a part calls a fault that the heartbeat has another name for. */
const SAME_FAULT: Record<string, string> = { "no pulses": "servo" };

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
  for (const trouble of troubles) {
    const detail = trouble.code === "fault" ? (SAME_FAULT[trouble.detail] ?? trouble.detail) : trouble.detail;
    // Two Pis of one name: the server sees it in their heartbeats, the Pi in its connection.
    const isIdentity = trouble.code === "identity_conflict" || detail === "identity_conflict";
    const key = isIdentity ? "identity_conflict" : `${trouble.code} ${detail}`;
    if (!byKey.has(key)) byKey.set(key, { ...trouble, detail });
  }
  return [...byKey.values()];
}

export function useTroubleWords(): (trouble: Trouble) => TroubleText {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? [];
  return ({ code, detail }) => {
    if (code === "fault") {
      const [name = "", which = ""] = (SAME_FAULT[detail] ?? detail).split(":", 2);
      if (isKnownFault(name)) {
        const what = name === "task" ? which : sensorLabel(which, kinds, language);
        return { title: t(`devices.faults.${name}.title`, { which: what }), hint: t(`devices.faults.${name}.hint`) };
      }
    }
    if (!isKnown(code)) return { title: detail || code, hint: null };
    // The cause alone: what follows it is said by the hint, in the reader's language.
    const cause = code === "database_failing" ? detail.split("; ", 1)[0] : detail;
    return { title: t(`devices.trouble.${code}.title`, { detail: cause }), hint: t(`devices.trouble.${code}.hint`) };
  };
}
