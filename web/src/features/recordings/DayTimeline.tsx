// The line of a day: clips as blocks, detections and alerts as marks. The list below says the same to those who cannot see it.
import "@/i18n/recordings";
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import { type MouseEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { queryString } from "@/api/http";
import { beganAt, endedAt_ms } from "@/api/recordingList";
import type { Recording } from "@/api/types";
import { dayName } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import classes from "./DayTimeline.module.css";
import { dayAfter, dayBounds } from "./dayGrid";
import { blocks, groupMarks, hourTicks } from "./timeline";
import { type DayMarks, useDayMarks } from "./useDayMarks";
import type { RecordingsPlace } from "./useRecordingsPlace";

interface DayTimelineProps {
  place: RecordingsPlace;
  recordings: Recording[];
}

export function DayTimeline({ place, recordings }: DayTimelineProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now_ms = useNow_ms(60_000);
  const { day, today } = place;
  const marks = useDayMarks(day, place.device_id, day === today);
  return (
    <Panel
      title={<span data-testid="day-title">{dayName(`${day}T12:00`, now_ms, language)}</span>}
      aside={
        <div className={classes.steps}>
          <button
            type="button"
            className={classes.step}
            aria-label={t("recordings.day.previous")}
            onClick={() => place.goToDay(dayAfter(day, -1))}
          >
            <IconChevronLeft size={20} stroke={2} aria-hidden="true" />
          </button>
          <button
            type="button"
            className={classes.step}
            aria-label={t("recordings.day.next")}
            disabled={day >= today}
            onClick={() => place.goToDay(dayAfter(day, 1))}
          >
            <IconChevronRight size={20} stroke={2} aria-hidden="true" />
          </button>
        </div>
      }
    >
      <Line place={place} recordings={recordings} marks={marks} />
      <Summary place={place} marks={marks} />
    </Panel>
  );
}

function Line({ place, recordings, marks }: DayTimelineProps & { marks: DayMarks }) {
  const { since_ms, until_ms } = dayBounds(place.day);
  const visible = useMemo(() => recordings.filter(({ state }) => state !== "deleted"), [recordings]);
  const spans = useMemo(
    () =>
      visible.map((recording) => ({
        id: recording.id,
        from_ms: Date.parse(beganAt(recording)),
        until_ms: endedAt_ms(recording),
      })),
    [visible],
  );
  const placed = blocks(spans, since_ms, until_ms);
  const groups = groupMarks(marks.events, ({ occurred_at }) => Date.parse(occurred_at), since_ms, until_ms);
  // A clip of half a minute is a hair on this line: any place of it leads to the nearest one.
  const goToNearest = (event: MouseEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - left) / width) * 100;
    const distance = (block: { left: number; width: number }) => Math.abs(block.left + block.width / 2 - at);
    const nearest = [...placed].sort((a, b) => distance(a) - distance(b))[0];
    if (nearest) place.choose(nearest.id);
  };
  return (
    <div className={classes.line} aria-hidden="true">
      <div className={classes.marks}>
        {groups.map(({ left, items }) => (
          <span
            key={left}
            className={classes.mark}
            data-alert={items.some(({ id }) => marks.alerts.has(id)) || undefined}
            style={{ left: `${left}%` }}
          />
        ))}
      </div>
      <button type="button" tabIndex={-1} className={classes.track} data-testid="day-line" onClick={goToNearest}>
        {placed.map(({ id, left, width }) => (
          <span
            key={id}
            className={classes.block}
            data-clip={id}
            data-chosen={id === place.clip || undefined}
            style={{ left: `${left}%`, width: `${width}%` }}
          />
        ))}
      </button>
      <div className={classes.hours}>
        {hourTicks(since_ms, until_ms, 6).map(({ hour, left }) => (
          <span key={hour} className={classes.hour} style={{ left: `${left}%` }}>
            {hour}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The marks in words, and the way to the events themselves. */
function Summary({ place, marks }: { place: RecordingsPlace; marks: DayMarks }) {
  const { t } = useTranslation();
  const { since_ms, until_ms } = dayBounds(place.day);
  const alerts = marks.events.filter(({ id }) => marks.alerts.has(id)).length;
  const bounds = { since: new Date(since_ms).toISOString(), until: new Date(until_ms - 1).toISOString() };
  const link = `/events${queryString({ ...bounds, device: place.device_id })}`;
  return (
    <p className={classes.summary}>
      <span>
        {t("recordings.day.marks", { count: marks.events.length })}
        {alerts > 0 && `, ${t("recordings.day.alerts", { count: alerts })}`}
      </span>
      <Link className={classes.link} to={link}>
        {t("recordings.day.all_events")}
      </Link>
    </p>
  );
}
