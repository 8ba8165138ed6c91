// Why something was recorded, in words; and the event behind it.
import "@/i18n/recordings";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queryString, request } from "@/api/http";
import { useSite } from "@/api/queries";
import { beganAt } from "@/api/recordingList";
import type { EventPage, Recording, StoredEvent } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { useLanguage } from "@/i18n";

/** `Alarm · Movement` */
export function useWhy(): (cause: Recording["cause"]) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? [];
  return ({ kind, zone }) => {
    const why = t(`recordings.why.${kind}`);
    if (!zone) return why;
    // A zone of another Pi comes with that Pi's name.
    const [sensor = zone, device_id] = zone.split("/").reverse();
    const words = sensorLabel(sensor, kinds, language);
    return t("recordings.why.with", { why, zone: device_id ? `${words}, ${device_id}` : words });
  };
}

/** How far the event's moment may be from the clip's: they are told by different clocks. */
const NEAR_MS = 120_000;

/** The event that it was recorded for; undefined while it is not known, or when there is none. */
export function useCauseEvent(recording: Recording): StoredEvent | undefined {
  const event_id = recording.cause.event_id ?? null;
  const trigger_ms = Date.parse(beganAt(recording)) + recording.triggered_after_s * 1000;
  const { data } = useQuery({
    queryKey: ["cause", event_id],
    enabled: event_id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const bounds = {
        since: new Date(trigger_ms - NEAR_MS).toISOString(),
        until: new Date(trigger_ms + NEAR_MS).toISOString(),
      };
      const { events } = await request<EventPage>(`/api/events${queryString({ ...bounds, limit: 1000 })}`, { signal });
      return events.find(({ id }) => id === event_id) ?? null;
    },
  });
  return data ?? undefined;
}
