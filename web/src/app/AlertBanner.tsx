// The one loud thing: an open alert, on every page, until somebody acknowledges it. Red for a detection, amber for a trouble.
import { VisuallyHidden } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type AlertGroup, isTrouble } from "@/api/alerts";
import { useAcknowledge } from "@/api/queries";
import { useMay } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import { alertLink } from "@/format/links";
import { MayNot } from "@/ui/MayNot";
import { EvidenceThumb } from "@/ui/media/EvidenceThumb";
import { ModePin } from "@/ui/mode/ModePin";
import { useModeControl } from "@/ui/mode/useModeControl";
import { TimeAgo } from "@/ui/TimeAgo";
import { useAlertSentence } from "@/ui/useAlertSentence";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./AlertBanner.module.css";

/** `spoken`: the page shows the alerts itself, so the banner is for screen readers alone. */
export function AlertBanner({ groups, spoken = false }: { groups: AlertGroup[]; spoken?: boolean }) {
  const open = groups.filter((group) => group.open.length > 0);
  const first = open.find((group) => !isTrouble(group)) ?? open[0];
  const shown = first && (spoken ? <Spoken group={first} /> : <Banner group={first} more={open.length - 1} />);
  const isDetection = first !== undefined && !isTrouble(first);
  // The live regions stay: only what appears in one later is announced.
  return (
    <>
      <div role="alert">{isDetection && shown}</div>
      <div role="status">{!isDetection && shown}</div>
    </>
  );
}

function Spoken({ group }: { group: AlertGroup }) {
  const { t } = useTranslation();
  const sentence = useAlertSentence();
  return (
    <VisuallyHidden>
      {t("alerts.banner")} · {sentence(group)} · {group.device_id}
    </VisuallyHidden>
  );
}

function Banner({ group, more }: { group: AlertGroup; more: number }) {
  const { t } = useTranslation();
  const sentence = useAlertSentence();
  const trouble = isTrouble(group);
  const link = alertLink(group.open[0] ?? group.latest);
  const Icon = trouble ? IconAlertTriangle : IconBellRinging;
  return (
    <div
      className={classes.banner}
      data-testid="alert-banner"
      data-group={group.key}
      data-tone={trouble ? "trouble" : "alert"}
    >
      <Icon size={26} stroke={1.75} aria-hidden="true" />
      {!trouble && <EvidenceThumb event_id={(group.open[0] ?? group.latest).event_id} className={classes.picture} />}
      <div className={classes.words}>
        <p className={classes.title}>
          {t("alerts.banner")} · {sentence(group)}
        </p>
        <p className={classes.meta}>
          {group.device_id && `${group.device_id} · `}
          {t("alerts.times", { count: group.open.length })} ·
          {/* The age ticks: a screen reader must not hear it every second. */}
          <span aria-live="off">
            <TimeAgo moment={group.latest.occurred_at} />
          </span>
          <Link to={link}>{t("alerts.details")}</Link>
          {more > 0 && <Link to="/alerts">{t("alerts.more", { count: more })}</Link>}
        </p>
        <MayNot right="operate" />
      </div>
      <div className={classes.actions}>
        <Acknowledge group={group} />
        {!trouble && (
          <Link className={classes.button} to={`/live/${group.device_id}`}>
            {t("alerts.look")}
          </Link>
        )}
        {!trouble && <Disarm />}
      </div>
    </div>
  );
}

function Acknowledge({ group }: { group: AlertGroup }) {
  const { t } = useTranslation();
  const showFailure = useShowFailure();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const acknowledge = useAcknowledge();
  return (
    <button
      type="button"
      className={classes.main}
      data-testid="alert-ack"
      disabled={!reachable || !mayOperate || acknowledge.isPending}
      onClick={() =>
        acknowledge.mutate(
          group.open.map(({ id }) => id),
          { onError: showFailure("acknowledge", t("alerts.failed")) },
        )
      }
    >
      {t("alerts.acknowledge")}
    </button>
  );
}

/** Also in mode active: it ends the alarm of a zone that always guards. */
function Disarm() {
  const { t } = useTranslation();
  const control = useModeControl();
  const { shown, truth, phase } = control;
  if (shown === "unknown" || (shown === "active" && truth.state !== "triggered")) return null;
  return (
    <>
      <button
        type="button"
        className={classes.button}
        data-testid="alert-disarm"
        disabled={!control.enabled}
        onClick={() => control.choose("active")}
      >
        {t("mode.disarm")}
      </button>
      {phase.step === "refused" && (
        <p className={classes.refused} role="status">
          {phase.detail === null ? t("mode.no_answer") : t("mode.refused", { detail: phase.detail })}
        </p>
      )}
      <ModePin control={control} />
    </>
  );
}
