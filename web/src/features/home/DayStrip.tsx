// 24 hours at a glance: density of events, marks for alerts. It is scrubbed by finger, mouse or arrow keys.
import { Skeleton } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { connection } from "@/api/connection";
import { queryString } from "@/api/http";
import { useAlerts, useHours } from "@/api/queries";
import { clockTime } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./DayStrip.module.css";
import { type HourColumn, STRIP_HOURS, toColumns } from "./dayBuckets";

const LABEL_EVERY_H = 6;

export function DayStrip() {
  const { t } = useTranslation();
  const hours = useHours(STRIP_HOURS + 1);
  const alerts = useAlerts().data;
  const minute_ms = useNow_ms(60_000) + connection.get().clockOffset_ms;
  const columns = useMemo(() => toColumns(hours.data ?? [], alerts ?? [], minute_ms), [hours.data, alerts, minute_ms]);
  const [chosen, setChosen] = useState(STRIP_HOURS - 1);
  const column = columns[chosen];
  if (hours.isPending) return <Skeleton h={156} radius={12} />;
  if (hours.data === undefined) {
    return (
      <Panel title={t("home.strip.title")}>
        <LoadError error={hours.error} retry={() => void hours.refetch()} />
      </Panel>
    );
  }
  return (
    <Panel title={t("home.strip.title")} aside={column && <Chosen column={column} />}>
      <Bars columns={columns} chosen={chosen} choose={setChosen} />
    </Panel>
  );
}

function linkOf(column: HourColumn): string {
  const since = new Date(column.start_ms).toISOString();
  const until = new Date(column.end_ms - 1).toISOString();
  return `/events${queryString({ since, until })}`;
}

function useColumnWords(): (column: HourColumn) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  return (column) => {
    const span = `${clockTime(column.start_ms, language)}–${clockTime(column.end_ms, language)}`;
    const events = column.count === 0 ? t("home.strip.none") : t("home.strip.events", { count: column.count });
    const words = [span, events];
    if (column.alerts > 0) words.push(t("home.strip.alerts", { count: column.alerts }));
    return words.join(" · ");
  };
}

function Chosen({ column }: { column: HourColumn }) {
  const words = useColumnWords();
  const { t } = useTranslation();
  return (
    <Link to={linkOf(column)} className={classes.chosen} title={t("home.strip.open")}>
      {words(column)}
    </Link>
  );
}

interface BarsProps {
  columns: HourColumn[];
  chosen: number;
  choose: (index: number) => void;
}

function Bars({ columns, chosen, choose }: BarsProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const navigate = useNavigate();
  const words = useColumnWords();
  const most = Math.max(4, ...columns.map(({ count }) => count));
  const column = columns[chosen];

  const scrub = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * columns.length);
    choose(Math.min(columns.length - 1, Math.max(0, index)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      Home: -STRIP_HOURS,
      End: STRIP_HOURS,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      choose(Math.min(columns.length - 1, Math.max(0, chosen + step)));
    } else if (event.key === "Enter" && column) navigate(linkOf(column));
  };
  return (
    <div
      className={classes.strip}
      role="slider"
      tabIndex={0}
      aria-label={t("home.strip.title")}
      aria-valuemin={0}
      aria-valuemax={columns.length - 1}
      aria-valuenow={chosen}
      aria-valuetext={column ? words(column) : ""}
      data-testid="day-strip"
      onPointerDown={scrub}
      onPointerMove={scrub}
      onDoubleClick={() => column && navigate(linkOf(column))}
      onKeyDown={onKeyDown}
    >
      {columns.map(({ start_ms, count, alerts, open }, index) => (
        <span key={start_ms} className={classes.column} data-chosen={index === chosen || undefined}>
          <span className={classes.mark} data-alert={open > 0 ? "open" : alerts > 0 ? "acknowledged" : undefined} />
          <span className={classes.track}>
            <span
              className={classes.bar}
              data-empty={count === 0 || undefined}
              style={{ height: count === 0 ? 3 : `${Math.max(10, (count / most) * 100)}%` }}
            />
          </span>
          <span className={classes.label}>
            {new Date(start_ms).getHours() % LABEL_EVERY_H === 0 ? clockTime(start_ms, language) : ""}
          </span>
        </span>
      ))}
    </div>
  );
}
