// Why an event raised an alert or did not, by its Pi's own decision where it bears one; and the acknowledgement.
import "@/i18n/recordings";
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { findEvent } from "@/api/eventFeed";
import { queryString } from "@/api/http";
import { useAcknowledge } from "@/api/queries";
import { useMay } from "@/api/session";
import type { Alert, StoredEvent } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import type { EventText } from "@/format/eventText";
import { eventLink } from "@/format/links";
import { localDay } from "@/format/time";
import { MayNot } from "@/ui/MayNot";
import { useTimeAgo } from "@/ui/TimeAgo";
import { useTroubleWords } from "@/ui/troubleWords";
import { useShowFailure } from "@/ui/useShowFailure";
import { DecisionTrace } from "./DecisionTrace";
import { decisionIn } from "./decision";
import classes from "./EventDrawer.module.css";

interface EventWhyProps {
  event: StoredEvent;
  text: EventText;
  alert: Alert | null | undefined;
}

export function EventWhy({ event, text, alert }: EventWhyProps) {
  const { t } = useTranslation();
  const decision = decisionIn(event.details);
  return (
    <section className={classes.why} data-open={alert?.state === "open" || undefined} data-testid="event-why">
      {decision && <h3 className={classes.section}>{t("events.why.title")}</h3>}
      {event.type === "alarm" && <AlarmReason event={event} />}
      {event.type === "trouble" && <TroubleHint event={event} />}
      {event.type === "clip" && <ClipReason event={event} />}
      {decision && <DecisionTrace decision={decision} />}
      {!decision && !["alarm", "trouble", "clip"].includes(event.type) && (
        <WithoutDecision event={event} text={text} alert={alert} />
      )}
      {alert && <Acknowledgement alert={alert} />}
    </section>
  );
}

const REASONS = [
  "mode",
  "exit_delay_over",
  "trip",
  "entry_delay_over",
  "held",
  "confirmed",
  "alarm_time_over",
] as const;

/** Why the alarm changed its state, and the way to the detection behind it, if that is at hand. */
function AlarmReason({ event }: { event: StoredEvent }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const reason = REASONS.find((known) => known === event.details?.reason);
  const cause = findEvent(client, String(event.details?.cause ?? ""));
  return (
    <>
      {reason && <p>{t(`events.why.reason.${reason}`)}</p>}
      {cause && (
        <Link className={classes.link} to={eventLink(cause)}>
          {t("events.why.cause")}
        </Link>
      )}
    </>
  );
}

function TroubleHint({ event }: { event: StoredEvent }) {
  const words = useTroubleWords();
  const { hint } = words({ code: "fault", detail: String(event.details?.name ?? "") });
  return <p>{hint ?? String(event.details?.detail ?? "")}</p>;
}

const GONE = ["too_many_bytes", "too_old", "disk_low", "by_hand", "empty"] as const;

function ClipReason({ event }: { event: StoredEvent }) {
  const { t } = useTranslation();
  const { clip_id, reason } = event.details ?? {};
  const gone = GONE.find((known) => known === reason);
  return (
    <>
      <p>{gone ? t(`recordings.reason.${gone}`) : t("events.why.clip")}</p>
      {typeof clip_id === "string" && (
        <Link
          className={classes.link}
          to={`/recordings${queryString({ day: localDay(event.occurred_at), clip: clip_id })}`}
        >
          {t("events.why.clip_link")}
        </Link>
      )}
    </>
  );
}

/** A third party's detection, or one of before there were decisions: the server judged it by the mode. */
function WithoutDecision({ event, text, alert }: EventWhyProps) {
  const { t } = useTranslation();
  const isUnsaid = alert === undefined && text.edge === "active";
  const why = event.type === "gap" ? "gap" : isUnsaid ? "unknown" : text.edge;
  const mode = alert ? t(`mode.word.${alert.mode}`) : "";
  return <p>{alert ? t("events.why.alert", { mode }) : t(`events.why.${why}`)}</p>;
}

function Acknowledgement({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const ago = useTimeAgo();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const showFailure = useShowFailure();
  const acknowledge = useAcknowledge();
  if (alert.state === "open") {
    return (
      <>
        <Button
          h={44}
          mt={12}
          disabled={!reachable || !mayOperate}
          loading={acknowledge.isPending}
          onClick={() => acknowledge.mutate([alert.id], { onError: showFailure("acknowledge", t("alerts.failed")) })}
        >
          {t("alerts.acknowledge")}
        </Button>
        <MayNot right="operate" />
      </>
    );
  }
  if (!alert.acknowledged_at) return null;
  const time = ago(alert.acknowledged_at);
  return (
    <p>
      {alert.acknowledged_by ? t("alerts.by", { who: alert.acknowledged_by, time }) : t("alerts.by_nobody", { time })}
    </p>
  );
}
