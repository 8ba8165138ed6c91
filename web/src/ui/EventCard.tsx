// One event as a line: severity edge, icon, what and where in words, when, and a dot while nobody has acknowledged it.
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link, type To } from "react-router";
import type { Alert, SensorKindInfo, StoredEvent } from "@/api/types";
import { type EventText, isOwnType, severityOf } from "@/format/eventText";
import { clockTime, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./EventCard.module.css";
import { SensorIcon } from "./icons";
import { TimeAgo } from "./TimeAgo";
import { useEventText } from "./useEventText";

interface EventCardProps {
  event: StoredEvent;
  kinds: SensorKindInfo[];
  /** State of the alert that this event opened, if it did. */
  alertState?: Alert["state"] | undefined;
  to: To;
  selected?: boolean;
  /** Replaces the history entry: for moving from one open event to the next. */
  replace?: boolean;
}

/** `Movement, entrance` / `Fin du mouvement, entrée` */
export function useEventSentence(): (text: EventText) => string {
  const { t } = useTranslation();
  return ({ what, where }) => (where ? t("event.what_where", { what, where }) : what);
}

export const EventCard = memo(function EventCard({ event, kinds, alertState, to, selected, replace }: EventCardProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const sentence = useEventSentence();
  const text = useEventText(kinds)(event);
  const severity = severityOf(text, alertState);
  // Lists go by the day of arrival: an event of another day says which.
  const ofAnotherDay = localDay(event.occurred_at) !== localDay(event.received_at);
  const occurred = (ofAnotherDay ? shortMoment : clockTime)(event.occurred_at, language);
  return (
    <Link
      to={to}
      replace={replace ?? false}
      className={classes.card}
      data-testid="event-card"
      data-event-id={event.id}
      data-type={event.type}
      data-severity={severity}
      data-selected={selected || undefined}
      aria-current={selected ? "true" : undefined}
    >
      <span className={classes.icon}>
        <SensorIcon name={text.icon} />
      </span>
      <span className={classes.words}>
        <span className={classes.title} data-raw={(text.edge === "plain" && !isOwnType(event.type)) || undefined}>
          {sentence(text)}
        </span>
        <span className={classes.meta}>
          <span>{event.device_id}</span>
          {text.lasted && <span>{t("event.lasted", { time: text.lasted })}</span>}
          {event.late && (
            <span
              className={classes.late}
              title={t("event.late_arrived", { time: shortMoment(event.received_at, language) })}
            >
              {t("event.late")}
            </span>
          )}
        </span>
      </span>
      <span className={classes.when}>
        <TimeAgo moment={event.occurred_at} className={classes.ago} />
        <span className={classes.clock}>{occurred}</span>
      </span>
      <span className={classes.dotPlace}>
        {severity === "triggered" && <span className={classes.dot} role="img" aria-label={t("event.unreviewed")} />}
      </span>
    </Link>
  );
});
