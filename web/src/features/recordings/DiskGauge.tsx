// How much of their room the recordings take, and for how long there is more.
import "@/i18n/recordings";
import { useTranslation } from "react-i18next";
import { useMediaRoom } from "@/api/recordings";
import { amount, dataSize } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import classes from "./DiskGauge.module.css";

export function DiskGauge() {
  const { t } = useTranslation();
  const language = useLanguage();
  const room = useMediaRoom().data;
  const daysLeft = useDaysLeft();
  if (room === undefined) return null;
  const { count, locked, used_bytes, max_bytes, free_bytes, min_free_bytes, max_days } = room;
  const low = free_bytes < min_free_bytes;
  const size = (bytes: number) => dataSize(bytes, language);
  const counted = [
    t("recordings.room.count", { count }),
    ...(locked > 0 ? [t("recordings.room.locked", { count: locked })] : []),
  ];
  return (
    <Panel title={t("recordings.room.title")}>
      <div className={classes.gauge} data-testid="media-room" data-low={low || undefined}>
        <p className={classes.days}>{daysLeft(room.days_left)}</p>
        <meter
          className={classes.meter}
          min={0}
          max={max_bytes}
          value={Math.min(used_bytes, max_bytes)}
          aria-label={t("recordings.room.title")}
        >
          {t("recordings.room.used", { used: size(used_bytes), max: size(max_bytes) })}
        </meter>
        <p className={classes.figures}>
          <span>{t("recordings.room.used", { used: size(used_bytes), max: size(max_bytes) })}</span>
          <span>{counted.join(", ")}</span>
        </p>
        <p className={low ? classes.low : classes.note}>
          {low
            ? t("recordings.room.low", { min: size(min_free_bytes) })
            : t("recordings.room.free", { free: size(free_bytes) })}
        </p>
        <p className={classes.note}>{t("recordings.room.days_note", { days: amount(max_days, language, 1) })}</p>
      </div>
    </Panel>
  );
}

/** `room for about 12 more days` */
function useDaysLeft(): (days_left: number | null) => string {
  const { t } = useTranslation();
  return (days_left) => {
    if (days_left === null) return t("recordings.room.days_unknown");
    if (days_left < 1) return t("recordings.room.days_left_less");
    return t("recordings.room.days_left", { count: Math.floor(days_left) });
  };
}
