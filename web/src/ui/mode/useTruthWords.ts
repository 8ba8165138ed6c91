// The state of the alarm in words: one that is read at a glance, and a sentence that says what it means.
import { useTranslation } from "react-i18next";
import { type Truth, zoneKey } from "@/api/guard";
import { useZoneWords } from "../useZoneWords";

export interface TruthWords {
  /** `Armed`, `Entry delay`, `Not known` */
  headline: string;
  means: string;
}

export function useTruthWords(truth: Truth): TruthWords {
  const { t } = useTranslation();
  const zoneWords = useZoneWords();
  const { state, mode, doubt, about, cause } = truth;
  const headline = t(`mode.state.${state}`);
  if (doubt !== null) {
    if (doubt === "told") return { headline, means: about };
    return { headline, means: t(`mode.doubt.${doubt}`, { devices: about }) };
  }
  const zone = cause ? zoneWords(zoneKey(cause)).name : "";
  if (state === "pending")
    return { headline, means: t(zone ? "mode.means.pending_zone" : "mode.means.pending", { zone }) };
  if (state === "triggered") return { headline, means: zone || t("mode.means.triggered") };
  if (state === "armed")
    return { headline, means: t(mode === "night" ? "mode.means.night" : "mode.means.surveillance") };
  return { headline, means: t(state === "arming" ? "mode.means.arming" : "mode.means.disarmed") };
}
