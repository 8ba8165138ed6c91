// The alerts of one sensor: how often, when last, acknowledge them together or one by one.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type AlertGroup, isOpen, isTrouble, troubleOf } from "@/api/alerts";
import { useAcknowledge, useSite } from "@/api/queries";
import { useMay } from "@/api/session";
import type { Alert } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { describeType } from "@/format/eventText";
import { alertLink } from "@/format/links";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { SensorIcon } from "@/ui/icons";
import { EvidenceThumb } from "@/ui/media/EvidenceThumb";
import { TimeAgo, useTimeAgo } from "@/ui/TimeAgo";
import { useAlertSentence } from "@/ui/useAlertSentence";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./AlertsPage.module.css";

export function AlertGroupCard({ group }: { group: AlertGroup }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? [];
  const sentence = useAlertSentence();
  const ago = useTimeAgo();
  const open = group.open.length > 0;
  const trouble = troubleOf(group);
  return (
    <article
      className={classes.group}
      data-open={open || undefined}
      data-trouble={trouble}
      data-testid="alert-group"
      data-group={group.key}
    >
      <div className={classes.head}>
        <span className={classes.icon}>
          <SensorIcon name={trouble ? "trouble" : describeType(group.type, kinds, language).icon} size={24} />
        </span>
        {!trouble && (
          <Link to={alertLink(group.latest)} className={classes.picture} tabIndex={-1}>
            <EvidenceThumb event_id={group.latest.event_id} />
          </Link>
        )}
        <div className={classes.words}>
          <h3 className={classes.title}>{sentence(group)}</h3>
          <p className={classes.meta}>
            {group.device_id} · {t("alerts.times", { count: group.alerts.length })} ·{" "}
            {t("alerts.last", { time: ago(group.latest.occurred_at) })}
          </p>
          {trouble && <p className={classes.meta}>{t(`alerts.about.${trouble}`)}</p>}
        </div>
        <div className={classes.actions}>
          {open && <Acknowledge ids={group.open.map(({ id }) => id)} words={t("alerts.acknowledge")} />}
          <Button component={Link} to={alertLink(group.latest)} variant="default" h={44}>
            {t("alerts.look")}
          </Button>
        </div>
      </div>
      <details className={classes.each}>
        <summary>{t("alerts.history")}</summary>
        <ul>
          {group.alerts.map((alert) => (
            <AlertLine key={alert.id} alert={alert} />
          ))}
        </ul>
      </details>
    </article>
  );
}

function Acknowledge({ ids, words, subtle = false }: { ids: number[]; words: string; subtle?: boolean }) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const showFailure = useShowFailure();
  const acknowledge = useAcknowledge();
  return (
    <Button
      h={44}
      variant={subtle ? "subtle" : "filled"}
      disabled={!reachable || !mayOperate}
      loading={acknowledge.isPending}
      data-testid={subtle ? "alert-ack-one" : "alert-ack-group"}
      onClick={() => acknowledge.mutate(ids, { onError: showFailure("acknowledge", t("alerts.failed")) })}
    >
      {words}
    </Button>
  );
}

function AlertLine({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const ago = useTimeAgo();
  return (
    <li className={classes.line} data-alert-id={alert.id} data-state={alert.state}>
      <Link to={alertLink(alert)} className={classes.when}>
        {shortMoment(alert.occurred_at, language)}
      </Link>
      <span className={classes.note}>
        {!isTrouble(alert) && `${t("alerts.raised_in", { mode: t(`mode.word.${alert.mode}`) })} · `}
        <TimeAgo moment={alert.occurred_at} />
        {alert.late && ` · ${t("event.late")}`}
        {alert.acknowledged_at && ` · ${acknowledgement(alert, ago(alert.acknowledged_at))}`}
      </span>
      {isOpen(alert) && <Acknowledge ids={[alert.id]} words={t("alerts.acknowledge_one")} subtle />}
    </li>
  );

  function acknowledgement({ acknowledged_by }: Alert, time: string): string {
    return acknowledged_by ? t("alerts.by", { who: acknowledged_by, time }) : t("alerts.by_nobody", { time });
  }
}
