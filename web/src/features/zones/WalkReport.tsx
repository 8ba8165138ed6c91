// The zones of a walk test as they tick, and at its end the report.
import { Button } from "@mantine/core";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconCircleDashed from "@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useSite, useTimeline } from "@/api/queries";
import type { SensorKindInfo, SiteZone } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { clockTimeSeconds, duration, fullMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { CopyButton } from "@/ui/Snippet";
import { useZoneWords } from "@/ui/useZoneWords";
import classes from "./WalkTestPage.module.css";
import { type Walk, type WalkRow, walked } from "./walkTest";

const EVERYTHING = {};
const NO_KINDS: SensorKindInfo[] = [];

interface WalkReportProps {
  walk: Walk;
  zones: SiteZone[];
  end: () => void;
  again: () => void;
}

export function WalkReport({ walk, zones, end, again }: WalkReportProps) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const { events, complete } = useEventsSince(walk.after);
  const kinds = useSite().data?.sensor_kinds ?? NO_KINDS;
  const rows = walked(zones, events, kinds, walk);
  const done = rows.filter(({ seen }) => seen !== null).length;
  const running = walk.until_ms === null;
  const words = useRowWords();
  const language = useLanguage();
  const summary = t("walk.summary", { done, count: rows.length });
  const report = [
    `${t("walk.title")} · ${fullMoment(walk.since_ms, language)}`,
    summary,
    ...rows.map((row) => `${row.seen ? "[x]" : "[ ]"} ${words(row).join(" · ")}`),
  ].join("\n");
  return (
    <Panel
      title={running ? t("walk.running") : t("walk.report")}
      aside={<span className={classes.count}>{`${done} / ${rows.length}`}</span>}
      flush
    >
      {/* The live region is the sentence alone: each tick is said once. */}
      <p className={classes.summary} role="status" data-testid="walk-summary" data-done={done} data-of={rows.length}>
        {summary}
        {!running && done < rows.length && ` ${t("walk.not_seen")}`}
      </p>
      {!reachable && running && <p className={classes.cut}>{t("walk.cut")}</p>}
      {reachable && !complete && <p className={classes.cut}>{t("walk.catching_up")}</p>}
      <ol className={classes.rows}>
        {rows.map((row) => (
          <Row key={row.key} row={row} running={running} />
        ))}
      </ol>
      <div className={classes.actions}>
        {running ? (
          <Button h={44} data-testid="walk-end" onClick={end}>
            {t("walk.end")}
          </Button>
        ) : (
          <>
            <CopyButton text={report} />
            <Button h={44} variant="default" onClick={() => window.print()}>
              {t("walk.print")}
            </Button>
            <Button h={44} variant="default" onClick={again}>
              {t("walk.again")}
            </Button>
          </>
        )}
      </div>
    </Panel>
  );
}

/** The live list, which catches up by itself after a gap; read back as far as the beginning after a reload. */
function useEventsSince(after: number) {
  const { events, hasOlder, loadOlder } = useTimeline(EVERYTHING);
  const oldest = events.at(-1)?.cursor ?? 0;
  const complete = !hasOlder || oldest <= after;
  useEffect(() => {
    if (!complete) void loadOlder();
  }, [complete, loadOlder]);
  return { events, complete };
}

function useRowWords(): (row: WalkRow) => string[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  return ({ key, seen }) => {
    const { name, device_id } = zoneWords(key);
    if (seen === null) return [name, device_id];
    const words = [name, device_id, clockTimeSeconds(seen.event.received_at, language)];
    words.push(t("walk.after", { time: duration(Math.floor(seen.after_s), language) }));
    if (seen.underWay_s !== null) words.push(t("walk.under_way", { time: duration(seen.underWay_s, language) }));
    if (seen.times > 1) words.push(t("walk.times", { count: seen.times }));
    return words;
  };
}

function Row({ row, running }: { row: WalkRow; running: boolean }) {
  const { t } = useTranslation();
  const [name, ...rest] = useRowWords()(row);
  const Icon = row.seen ? IconCheck : IconCircleDashed;
  return (
    <li className={classes.row} data-testid={`walk-${row.key}`} data-seen={row.seen !== null}>
      <span className={classes.sign}>
        <Icon size={22} stroke={2} aria-hidden="true" />
      </span>
      <span>
        <span className={classes.name}>{name}</span>
        <span className={classes.meta}>
          {rest.join(" · ")}
          {row.seen === null && ` · ${t(running ? "walk.waiting" : "walk.never")}`}
        </span>
      </span>
    </li>
  );
}
