// A picture of an event, small, for banners and lists: of where it happened once the lens has turned there, until then the
// first one. Nothing while there is none.
import { useTranslation } from "react-i18next";
import { addressOf, beganAt } from "@/api/recordingList";
import { useEvidence } from "@/api/recordings";
import { clockTimeSeconds } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./EvidenceThumb.module.css";

export function EvidenceThumb({ event_id, className }: { event_id: string; className?: string | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { recordings, stills } = useEvidence(event_id);
  const first = stills.find(({ preset }) => Boolean(preset)) ?? stills.at(-1);
  const clip = recordings.find(({ has_poster, state }) => has_poster && state !== "deleted");
  const shown = first
    ? { src: addressOf.picture(first.id), at: first.taken_at ?? first.received_at }
    : clip && { src: addressOf.poster(clip.id), at: beganAt(clip) };
  if (!shown) return null;
  return (
    <img
      className={className ? `${classes.thumb} ${className}` : classes.thumb}
      src={shown.src}
      alt={t("event.still_alt", { time: clockTimeSeconds(shown.at, language) })}
      data-testid="evidence-thumb"
    />
  );
}
