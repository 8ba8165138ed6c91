// Events per hour above the list: a chart for the eye, a table for screen readers; a click shows that hour.
import { Skeleton, VisuallyHidden } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { connection } from "@/api/connection";
import { useHours } from "@/api/queries";
import { toHourBars } from "@/format/hours";
import { amount, shortMoment } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./HoursPanel.module.css";
import { type EventFilters, PERIODS } from "./useEventFilters";

const HoursChart = lazy(() => import("./HoursChart"));

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 48;

export function HoursPanel({ filters }: { filters: EventFilters }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const hours = shownHours(filters);
  const query = useHours(hours, filters.device || undefined);
  const now_ms = useNow_ms(60_000) + connection.get().clockOffset_ms;
  const hour_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS;
  const bars = useMemo(
    () => toHourBars(query.data ?? [], hours, hour_ms, filters.type),
    [query.data, hours, hour_ms, filters.type],
  );
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const showHour = (start_ms: number) =>
    filters.change({
      period: "custom",
      since: new Date(start_ms).toISOString(),
      until: new Date(start_ms + HOUR_MS - 1).toISOString(),
    });
  const title = (
    <>
      {t("events.chart.title")}{" "}
      <span className={classes.total}>
        {t("events.chart.total", {
          total: amount(total, language),
          period: hours <= DEFAULT_HOURS ? `${hours} h` : t("events.chart.days", { days: hours / 24 }),
        })}
      </span>
    </>
  );
  if (query.isError && query.data === undefined) {
    return (
      <Panel title={t("events.chart.title")}>
        <LoadError error={query.error} retry={() => void query.refetch()} />
      </Panel>
    );
  }
  return (
    <Panel title={title}>
      <div className={classes.chart} aria-hidden="true">
        {query.isPending ? (
          <Skeleton h={120} radius={8} />
        ) : (
          <Suspense fallback={<Skeleton h={120} radius={8} />}>
            <HoursChart bars={bars} onHour={showHour} />
          </Suspense>
        )}
      </div>
      <VisuallyHidden>
        <table>
          <caption>{t("events.chart.title")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("events.chart.hour")}</th>
              <th scope="col">{t("events.chart.count")}</th>
            </tr>
          </thead>
          <tbody>
            {bars
              .filter(({ count }) => count > 0)
              .map(({ start_ms, count }) => (
                <tr key={start_ms}>
                  <th scope="row">{shortMoment(start_ms, language)}</th>
                  <td>{count}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </Panel>
  );
}

function shownHours({ period }: EventFilters): number {
  if (period === "all" || period === "custom" || period === "1h") return DEFAULT_HOURS;
  return PERIODS[period];
}
