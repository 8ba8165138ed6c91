// The heartbeats of the last minutes as small bars, gaps included, and in words how many were heard and since when.
import { useTranslation } from "react-i18next";
import { serverNow_ms } from "@/api/connection";
import { type BeatHistory, useHeard } from "@/api/heartbeats";
import { clockTime, clockTimeSeconds } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import classes from "./HeartbeatBar.module.css";
import { countBars, heartbeatBars } from "./heartbeatBars";

const STEP_MS = 2000;

interface HeartbeatBarProps {
  history: BeatHistory;
  limit: number;
  /** Bars alone, their words for screen readers only. */
  small?: boolean;
}

export function HeartbeatBar({ history, limit, small = false }: HeartbeatBarProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { deaf } = useHeard();
  // The step only says when to look again.
  useNow_ms(STEP_MS);
  const bars = heartbeatBars(history, deaf, serverNow_ms(), limit);
  const { heard, missed, unseen } = countBars(bars);
  const words = [
    t("devices.beats.heard", { count: heard }),
    missed > 0 ? t("devices.beats.missed", { count: missed }) : t("devices.beats.none_missed"),
    ...(unseen > 0 ? [t("devices.beats.unseen", { count: unseen })] : []),
  ].join(", ");
  const first = bars[0];
  return (
    <div className={classes.beats}>
      <div
        className={classes.bars}
        data-small={small || undefined}
        role="img"
        aria-label={words}
        data-testid="heartbeat-bar"
      >
        {Array.from({ length: limit - bars.length }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: places that have nothing in them are all alike
          <span key={`before-${index}`} className={classes.bar} data-kind="before" />
        ))}
        {bars.map(({ kind, at_ms }) => (
          <span
            key={at_ms}
            className={classes.bar}
            data-kind={kind}
            title={`${clockTimeSeconds(at_ms, language)} · ${t(`devices.beats.kind.${kind}`)}`}
          />
        ))}
      </div>
      {!small && (
        <>
          <p className={classes.words}>
            <span>{first && bars.length === limit && clockTime(first.at_ms, language)}</span>
            <span className={classes.summary} data-missed={missed > 0 || undefined}>
              {words}
            </span>
            <span>{t("devices.beats.now")}</span>
          </p>
          {bars.length < limit && (
            <p className={classes.honest}>
              {t("devices.beats.short", { time: clockTime(history.watchedSince_ms, language) })}
            </p>
          )}
        </>
      )}
    </div>
  );
}
