// A month of days, each with how much was recorded. One stop for the tab key, arrows move within.
import "@/i18n/recordings";
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRecordingDays } from "@/api/recordings";
import { dayName, duration, monthName, weekdayNames } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { type DayCell, dayAfter, dayOfKey, monthAfter, monthGrid, monthOf } from "./dayGrid";
import classes from "./MonthGrid.module.css";
import type { RecordingsPlace } from "./useRecordingsPlace";

export function MonthGrid({ place }: { place: RecordingsPlace }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { day, today, device_id, goToDay } = place;
  const [month, setMonth] = useState(monthOf(day));
  // A day of another month, from wherever it was chosen, brings its month along.
  useEffect(() => setMonth(monthOf(day)), [day]);
  const last = dayAfter(`${monthAfter(month, 1)}-01`, -1);
  const days = useRecordingDays(`${month}-01`, last, device_id).data ?? [];
  const grid = useRef<HTMLTableElement>(null);
  const focusNext = useRef(false);
  useEffect(() => {
    if (!focusNext.current || monthOf(day) !== month) return;
    focusNext.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus();
  }, [day, month]);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? null : dayOfKey(event.key, day);
    if (next === null) return;
    event.preventDefault();
    if (next > today) return;
    focusNext.current = true;
    goToDay(next);
  };
  const shown = monthOf(day) === month ? day : `${month}-01`;
  return (
    <Panel
      title={<span className={classes.month}>{monthName(`${month}-01T12:00`, language)}</span>}
      aside={
        <div className={classes.steps}>
          <button
            type="button"
            className={classes.step}
            aria-label={t("recordings.month.previous")}
            onClick={() => setMonth(monthAfter(month, -1))}
          >
            <IconChevronLeft size={20} stroke={2} aria-hidden="true" />
          </button>
          <button
            type="button"
            className={classes.step}
            aria-label={t("recordings.month.next")}
            disabled={month >= monthOf(today)}
            onClick={() => setMonth(monthAfter(month, 1))}
          >
            <IconChevronRight size={20} stroke={2} aria-hidden="true" />
          </button>
        </div>
      }
    >
      <table
        ref={grid}
        className={classes.grid}
        aria-label={t("recordings.month.label")}
        data-testid="month-grid"
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr>
            {weekdayNames(language).map(({ short, long }) => (
              <th key={long} scope="col">
                <abbr title={long}>{short}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {monthGrid(month, days).map((week) => (
            <tr key={week.find((cell) => cell !== null)?.day}>
              {week.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a weekday has its place, with a day or without
                <td key={index}>
                  {cell && (
                    <Day
                      cell={cell}
                      chosen={cell.day === day}
                      isToday={cell.day === today}
                      stop={cell.day === shown}
                      ahead={cell.day > today}
                      choose={() => goToDay(cell.day)}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

interface DayProps {
  cell: DayCell;
  chosen: boolean;
  isToday: boolean;
  /** The one of them that the tab key stops at. */
  stop: boolean;
  ahead: boolean;
  choose: () => void;
}

function Day({ cell, chosen, isToday, stop, ahead, choose }: DayProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { count, duration_s } = cell;
  const clips = t("recordings.month.clips", { count });
  const amount = count > 0 ? t("recordings.month.amount", { clips, time: duration(duration_s, language) }) : clips;
  const name = dayName(`${cell.day}T12:00`, 0, language);
  return (
    <button
      type="button"
      className={classes.day}
      data-day={cell.day}
      data-count={count}
      data-today={isToday || undefined}
      aria-label={`${isToday ? `${t("recordings.month.today")}, ` : ""}${name}: ${amount}`}
      aria-pressed={chosen}
      tabIndex={stop ? 0 : -1}
      disabled={ahead}
      title={amount}
      onClick={choose}
    >
      <span className={classes.number}>{cell.number}</span>
      <span className={classes.amount}>{count > 0 ? count : ""}</span>
      <span className={classes.bar} style={{ width: `${Math.round(Math.sqrt(cell.share) * 70)}%` }} />
    </button>
  );
}
