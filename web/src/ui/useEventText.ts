// An event in words, with those of the alarm and of troubles, which say in their details what happened.
import { useTranslation } from "react-i18next";
import type { SensorKindInfo, StoredEvent } from "@/api/types";
import { describeEvent, type EventText } from "@/format/eventText";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useTroubleWords } from "./troubleWords";

type Described = Pick<StoredEvent, "type" | "details">;

const ALARM_ICONS: Record<string, string> = {
  disarmed: "disarmed",
  arming: "delay",
  armed: "armed",
  pending: "delay",
  triggered: "alarm",
};

const CLIP_STATES = ["started", "finished", "deleted"] as const;

/** Ways of changing the mode that are nobody's name. */
const NOBODY: readonly unknown[] = ["", "dashboard", "mqtt", undefined];

export function useEventText(kinds: SensorKindInfo[]): (event: Described) => EventText {
  const { t } = useTranslation();
  const language = useLanguage();
  const troubleWords = useTroubleWords();
  return (event) => {
    const text = describeEvent(event, kinds, language);
    const details = event.details ?? {};
    if (event.type === "trouble" && typeof details.name === "string") {
      const { title } = troubleWords({ code: "fault", detail: details.name });
      const { lasted_s } = details;
      return {
        ...text,
        what: details.state === "ended" ? t("event.trouble_over", { title }) : title,
        icon: details.state === "ended" ? "mended" : "trouble",
        lasted: typeof lasted_s === "number" ? duration(lasted_s, language) : null,
      };
    }
    if (event.type === "clip") return { ...text, ...clipText(details) };
    if (event.type !== "alarm" || typeof details.state !== "string") return text;
    const icon = ALARM_ICONS[details.state];
    return icon === undefined ? text : { ...text, what: alarmWords(details.state, details), icon };
  };

  function clipText({ state, duration_s }: Record<string, unknown>): Partial<EventText> {
    const known = CLIP_STATES.find((one) => one === state);
    const lasted =
      state === "finished" && typeof duration_s === "number" ? duration(Math.round(duration_s), language) : null;
    return { icon: "clip", lasted, ...(known && { what: t(`event.clip.${known}`) }) };
  }

  function alarmWords(state: string, { reason, changed_by }: Record<string, unknown>): string {
    if (reason === "alarm_time_over") return t(state === "armed" ? "event.alarm.armed_again" : "event.alarm.over");
    const what = t(`event.alarm.${state as "armed"}`);
    return NOBODY.includes(changed_by) ? what : t("event.alarm.by", { what, who: String(changed_by) });
  }
}
