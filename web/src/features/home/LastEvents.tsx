// The last ten events, live.
import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAlerts, useSite, useTimeline } from "@/api/queries";
import { eventLink } from "@/format/links";
import { CalmSea } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { EventCard } from "@/ui/EventCard";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./HomePage.module.css";

const SHOWN = 10;
const EVERYTHING = {};

export function LastEvents() {
  const { t } = useTranslation();
  const timeline = useTimeline(EVERYTHING);
  const kinds = useSite().data?.sensor_kinds;
  const alerts = useAlerts().data;
  const alertStates = useMemo(() => new Map(alerts?.map(({ event_id, state }) => [event_id, state])), [alerts]);
  const more = (
    <Link to="/events" className={classes.link}>
      {t("home.all_events")}
    </Link>
  );
  return (
    <Panel title={t("home.last_events")} aside={more} flush>
      {timeline.isPending && <Skeleton h={320} radius={0} />}
      {timeline.isError && <LoadError error={timeline.error} retry={() => void timeline.refetch()} />}
      {timeline.isSuccess && timeline.events.length === 0 && (
        <EmptyState drawing={<CalmSea />} title={t("home.quiet.title")} text={t("home.quiet.text")} />
      )}
      {timeline.events.slice(0, SHOWN).map((event) => (
        <EventCard
          key={event.id}
          event={event}
          kinds={kinds ?? []}
          alertState={alertStates.get(event.id)}
          to={eventLink(event)}
        />
      ))}
    </Panel>
  );
}
