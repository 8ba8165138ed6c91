// The history: filters, events per hour, the live list, one event's details.
import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { alertOf, useAcknowledge, useAlerts, useSite, useTimeline } from "@/api/queries";
import { useMay } from "@/api/session";
import { LoadError } from "@/ui/LoadError";
import { PageHeader, Panel } from "@/ui/Panel";
import { useShowFailure } from "@/ui/useShowFailure";
import { EventDrawer } from "./EventDrawer";
import { EventList } from "./EventList";
import classes from "./EventsPage.module.css";
import { ExportButtons } from "./ExportButtons";
import { FilterBar } from "./FilterBar";
import { HoursPanel } from "./HoursPanel";
import { NothingHappened } from "./NothingHappened";
import { useEventFilters } from "./useEventFilters";
import { useListKeys } from "./useListKeys";
import { useNeighbours } from "./useNeighbours";
import { useOpenEvent } from "./useOpenEvent";

const NO_KINDS: never[] = [];

export default function EventsPage() {
  const { t } = useTranslation();
  const filters = useEventFilters();
  const timeline = useTimeline(filters.filter);
  const kinds = useSite().data?.sensor_kinds ?? NO_KINDS;
  const alerts = useAlerts().data;
  const alertStates = useMemo(() => new Map(alerts?.map(({ event_id, state }) => [event_id, state])), [alerts]);
  const { events } = timeline;
  const open = useOpenEvent(events);
  const near = useNeighbours(open.event, events, filters.filter);
  const alert = open.event && alertOf(open.event, alerts);
  const acknowledge = useAcknowledge();
  const mayOperate = useMay("operate");
  const showFailure = useShowFailure();
  const review = () => {
    if (!mayOperate || alert?.state !== "open" || acknowledge.isPending) return;
    acknowledge.mutate([alert.id], { onError: showFailure("acknowledge", t("alerts.failed")) });
  };
  useListKeys(open, near, review);
  return (
    <>
      <PageHeader title={t("events.title")}>
        <ExportButtons filter={filters.filter} />
      </PageHeader>
      <div className={classes.page}>
        <FilterBar filters={filters} events={events} />
        <HoursPanel filters={filters} />
        <Panel flush>
          {timeline.isPending && <Skeleton h={480} radius={12} />}
          {timeline.isError && <LoadError error={timeline.error} retry={() => void timeline.refetch()} />}
          {timeline.isSuccess && events.length === 0 && (
            <NothingHappened filtered={filters.active} clear={filters.clear} />
          )}
          {events.length > 0 && (
            <EventList
              key={JSON.stringify(filters.filter)}
              events={events}
              kinds={kinds}
              alertStates={alertStates}
              hasOlder={timeline.hasOlder}
              loadOlder={timeline.loadOlder}
              selected={open.id}
              linkTo={open.link}
            />
          )}
        </Panel>
        {events.length > 0 && !timeline.hasOlder && <p className={classes.end}>{t("events.end")}</p>}
      </div>
      <EventDrawer open={open} near={near} kinds={kinds} alert={alert} />
    </>
  );
}
