// A zone's filters as one line of words.
import { useTranslation } from "react-i18next";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useZoneWords } from "@/ui/useZoneWords";
import type { Filters } from "./zoneConfig";

export function useFilterWords(): (filters: Filters) => string[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  return ({ hold_s, pulses, pulses_within_s, cooldown_s, confirm_by, confirm_within_s }) => {
    const time = (length_s: number) => duration(length_s, language);
    const words: string[] = [];
    if (hold_s > 0) words.push(t("zones.filter.hold", { time: time(hold_s) }));
    if (pulses > 1) words.push(t("zones.filter.pulses", { number: pulses, time: time(pulses_within_s) }));
    if (cooldown_s > 0) words.push(t("zones.filter.cooldown", { time: time(cooldown_s) }));
    if (confirm_by.length > 0) {
      const by = new Intl.ListFormat(language, { type: "disjunction" }).format(
        confirm_by.map((name) => zoneWords(name).name),
      );
      words.push(t("zones.filter.confirm", { by, time: time(confirm_within_s) }));
    }
    return words;
  };
}
