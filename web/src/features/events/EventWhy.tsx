// Why an event raised an alert or did not, and the acknowledgement.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useAcknowledge } from "@/api/queries";
import type { Alert } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import type { EventText } from "@/format/eventText";
import { useTimeAgo } from "@/ui/TimeAgo";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./EventDrawer.module.css";

interface EventWhyProps {
  type: string;
  text: EventText;
  alert: Alert | null | undefined;
}

export function EventWhy({ type, text, alert }: EventWhyProps) {
  const { t } = useTranslation();
  const ago = useTimeAgo();
  const reachable = useReachable();
  const showFailure = useShowFailure();
  const acknowledge = useAcknowledge();
  const isUnsaid = alert === undefined && text.edge === "active";
  const why = type === "gap" ? "gap" : isUnsaid ? "unknown" : text.edge;
  const mode = alert ? t(`mode.word.${alert.mode}`) : "";
  return (
    <section className={classes.why} data-open={alert?.state === "open" || undefined}>
      <p>{alert ? t("events.why.alert", { mode }) : t(`events.why.${why}`)}</p>
      {alert?.state === "acknowledged" && alert.acknowledged_at && (
        <p>
          {alert.acknowledged_by
            ? t("alerts.by", { who: alert.acknowledged_by, time: ago(alert.acknowledged_at) })
            : t("alerts.by_nobody", { time: ago(alert.acknowledged_at) })}
        </p>
      )}
      {alert?.state === "open" && (
        <Button
          h={44}
          mt={12}
          disabled={!reachable}
          loading={acknowledge.isPending}
          onClick={() => acknowledge.mutate([alert.id], { onError: showFailure("acknowledge", t("alerts.failed")) })}
        >
          {t("alerts.acknowledge")}
        </Button>
      )}
    </section>
  );
}
