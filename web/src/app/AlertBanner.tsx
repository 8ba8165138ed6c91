// The one loud thing: an open alert, on every page, until somebody acknowledges it.
import { VisuallyHidden } from "@mantine/core";
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type AlertGroup, isTrouble } from "@/api/alerts";
import { useAcknowledge, useMode, useModeChange } from "@/api/queries";
import { useReachable } from "@/api/useFreshness";
import { alertLink } from "@/format/links";
import { TimeAgo } from "@/ui/TimeAgo";
import { useAlertSentence } from "@/ui/useAlertSentence";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./AlertBanner.module.css";

/** `spoken`: the page shows the alerts itself, so the banner is for screen readers alone. */
export function AlertBanner({ groups, spoken = false }: { groups: AlertGroup[]; spoken?: boolean }) {
  const open = groups.filter((group) => group.open.length > 0);
  const first = open[0];
  // The live region stays: only what appears in it later is announced.
  return (
    <div role="alert">
      {first && (spoken ? <Spoken group={first} /> : <Banner group={first} more={open.length - 1} />)}
    </div>
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
  const showFailure = useShowFailure();
  const reachable = useReachable();
  const mode = useMode().data?.mode;
  const acknowledge = useAcknowledge();
  const change = useModeChange();
  return (
    <div className={classes.banner} data-testid="alert-banner" data-group={group.key}>
      <IconBellRinging size={26} stroke={1.75} aria-hidden="true" />
      <div className={classes.words}>
        <p className={classes.title}>
          {t("alerts.banner")} · {sentence(group)}
        </p>
        <p className={classes.meta}>
          {group.device_id} · {t("alerts.times", { count: group.open.length })} ·
          {/* The age ticks: a screen reader must not hear it every second. */}
          <span aria-live="off">
            <TimeAgo moment={group.latest.occurred_at} />
          </span>
          {more > 0 && <Link to="/alerts">{t("alerts.more", { count: more })}</Link>}
        </p>
      </div>
      <div className={classes.actions}>
        <button
          type="button"
          className={classes.main}
          data-testid="alert-ack"
          disabled={!reachable || acknowledge.isPending}
          onClick={() =>
            acknowledge.mutate(
              group.open.map(({ id }) => id),
              { onError: showFailure("acknowledge", t("alerts.failed")) },
            )
          }
        >
          {t("alerts.acknowledge")}
        </button>
        <Link className={classes.button} to={alertLink(group.open[0] ?? group.latest)}>
          {t("alerts.look")}
        </Link>
        {mode !== undefined && mode !== "active" && !isTrouble(group) && (
          <button
            type="button"
            className={classes.button}
            data-testid="alert-disarm"
            disabled={!reachable || change.isPending}
            onClick={() => change.mutate("active", { onError: showFailure("mode", t("mode.change")) })}
          >
            {t("alerts.disarm", { mode: t("mode.word.active") })}
          </button>
        )}
      </div>
    </div>
  );
}
