// A trouble in words, with what to try. A code that this dashboard does not know keeps the server's own words.
import { useTranslation } from "react-i18next";
import type { Trouble } from "@/api/types";

const KNOWN = [
  "silent",
  "offline",
  "fault",
  "throttled",
  "disk_low",
  "clock_unsynced",
  "missing_events",
  "identity_conflict",
  "database_failing",
  "bridge_fault",
] as const;

/** Faults that are not about a wire; the others are named as the Pi names them. */
const FAULTS = ["log_full", "log_overflow", "log_corrupt", "log_was_copied", "identity_conflict"] as const;

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

export function useTroubleWords(): (trouble: Trouble) => TroubleText {
  const { t } = useTranslation();
  return ({ code, detail }) => {
    if (code === "fault" && isKnownFault(detail)) {
      return { title: t(`devices.faults.${detail}.title`), hint: t(`devices.faults.${detail}.hint`) };
    }
    if (!isKnown(code)) return { title: detail || code, hint: null };
    return { title: t(`devices.trouble.${code}.title`, { detail }), hint: t(`devices.trouble.${code}.hint`) };
  };
}
