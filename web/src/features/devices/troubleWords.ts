// A trouble in words, with what to try. A code that this dashboard does not know keeps the server's own words.
import { useTranslation } from "react-i18next";
import type { Trouble } from "@/api/types";

const KNOWN = ["silent", "offline", "fault", "throttled", "disk_low", "clock_unsynced", "missing_events"] as const;

type KnownCode = (typeof KNOWN)[number];

export interface TroubleText {
  title: string;
  /** What to try; null when only the server knows. */
  hint: string | null;
}

function isKnown(code: string): code is KnownCode {
  return (KNOWN as readonly string[]).includes(code);
}

export function useTroubleWords(): (trouble: Trouble) => TroubleText {
  const { t } = useTranslation();
  return ({ code, detail }) =>
    isKnown(code)
      ? { title: t(`devices.trouble.${code}.title`, { detail }), hint: t(`devices.trouble.${code}.hint`) }
      : { title: detail || code, hint: null };
}
