// The virtual list of events. It scrolls with the page; while one reads further down, new ones wait behind a pill.

import IconArrowUp from "@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Alert, SensorKindInfo, StoredEvent } from "@/api/types";
import { dayName } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { EventCard } from "@/ui/EventCard";
import classes from "./EventList.module.css";
import { holdBack, type Row, toRows } from "./rows";

const DAY_PX = 44;
const EVENT_PX = 64;
/** Scrolled down further than this, one is reading. */
const READING_PX = 120;
const LOAD_AHEAD_ROWS = 20;

interface EventListProps {
  events: StoredEvent[];
  kinds: SensorKindInfo[];
  alertStates: Map<string, Alert["state"]>;
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
  selected: string | null;
  linkTo: (event: StoredEvent) => string;
}

export function EventList({ events, kinds, alertStates, hasOlder, loadOlder, selected, linkTo }: EventListProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const top_px = useTop(list);
  const hold = useHold(events);
  const { shown, held } = holdBack(events, hold.cursor);
  const rows = useMemo(() => toRows(shown), [shown]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === "day" ? DAY_PX : EVENT_PX),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    scrollMargin: top_px,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (hasOlder && last >= rows.length - LOAD_AHEAD_ROWS) void loadOlder();
  }, [hasOlder, last, rows.length, loadOlder]);

  return (
    <div ref={list}>
      {held > 0 && (
        <button
          type="button"
          className={classes.pill}
          data-testid="new-events"
          onClick={() => {
            hold.release();
            window.scrollTo({ top: 0 });
          }}
        >
          <IconArrowUp size={18} aria-hidden="true" />
          {t("events.new", { count: held })}
        </button>
      )}
      <ol className={classes.list} style={{ height: virtual.getTotalSize() }} aria-label={t("events.title")}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={classes.row}
                style={{ transform: `translateY(${item.start - top_px}px)` }}
              >
                {row.kind === "day" ? (
                  <DayHeading row={row} />
                ) : (
                  <EventCard
                    event={row.event}
                    kinds={kinds}
                    alertState={alertStates.get(row.event.id)}
                    selected={row.event.id === selected}
                    to={linkTo(row.event)}
                  />
                )}
              </li>
            )
          );
        })}
      </ol>
    </div>
  );
}

function DayHeading({ row }: { row: Extract<Row, { kind: "day" }> }) {
  const language = useLanguage();
  const now_ms = useNow_ms(60_000);
  return <h2 className={classes.day}>{dayName(row.moment, now_ms, language)}</h2>;
}

/** The cursor above which events are held back: the newest one shown when the reader scrolled down. */
function useHold(events: StoredEvent[]) {
  const [cursor, setCursor] = useState<number | null>(null);
  const newest = events[0]?.cursor ?? null;
  const latest = useRef(newest);
  useEffect(() => {
    latest.current = newest;
  }, [newest]);
  useEffect(() => {
    const onScroll = () => {
      const reading = window.scrollY > READING_PX;
      setCursor((held) => (reading ? (held ?? latest.current) : null));
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, []);
  return { cursor, release: () => setCursor(null) };
}

/** How far down the page the list begins: filters, chart and banners above it come and go. */
function useTop(element: React.RefObject<HTMLElement | null>): number {
  const [top_px, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setTop(Math.round(box.top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top_px;
}
