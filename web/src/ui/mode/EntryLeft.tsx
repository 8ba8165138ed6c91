// What is left of an entry delay, in words.
import { useTranslation } from "react-i18next";
import type { Countdown } from "@/api/guard";
import { minutesSeconds } from "@/format/time";
import { useLeft_s } from "./useLeft";

export function EntryLeft({ countdown }: { countdown: Countdown }) {
  const { t } = useTranslation();
  return t("mode.entry_left", { time: minutesSeconds(useLeft_s(countdown)) });
}
