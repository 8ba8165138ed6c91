// In the place of the picture where a servo turns without a camera: a drawing of where it points, and how old that is.
import IconVideoOff from "@tabler/icons-react/dist/esm/icons/IconVideoOff.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow_ms } from "@/api/connection";
import type { SeenDevice } from "@/api/freshness";
import { clockTime, relativeTime } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { AngleCaption } from "./AngleCaption";
import classes from "./PictureFrame.module.css";
import { RoomFan } from "./RoomFan";
import type { Servo } from "./servo";

interface PictureFrameProps {
  device: SeenDevice;
  servo: Servo;
  /** Nothing vouches for what is shown: the device or the server is not heard. */
  stale: boolean;
}

export function PictureFrame({ device, servo, stale }: PictureFrameProps) {
  const { t } = useTranslation();
  return (
    <figure className={classes.frame} data-stale={stale || undefined}>
      <div className={classes.top}>
        <p className={classes.chip}>
          <IconVideoOff size={18} stroke={1.75} aria-hidden="true" />
          {t("live.no_camera")}
        </p>
        <Heard device={device} servo={servo} stale={stale} />
      </div>
      <RoomFan servo={servo} stale={stale} />
      <figcaption className={classes.caption}>
        <AngleCaption servo={servo} stale={stale} />
      </figcaption>
    </figure>
  );
}

/** How long ago the Pi last said anything that vouches for the angle: a heartbeat, or the state itself. */
function Heard({ device, servo, stale }: PictureFrameProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now_ms = useNow_ms(1000);
  const changedAt_ms = useChangedAt_ms(`${servo.angle_deg} ${servo.target_deg} ${servo.moving}`);
  const beatAt_ms = device.heartbeat_at ? Date.parse(device.heartbeat_at) : null;
  const heardAt_ms = Math.max(changedAt_ms ?? 0, beatAt_ms ?? 0);
  if (heardAt_ms === 0) return <p className={classes.chip}>{t("live.never_heard")}</p>;
  const offset_ms = serverNow_ms() - Date.now();
  return (
    <p className={classes.chip} data-testid="state-age" data-stale={stale || undefined}>
      {!stale && <span className={classes.dot} />}
      {stale
        ? t("shell.as_of", { time: clockTime(heardAt_ms, language) })
        : t("live.heard", { time: relativeTime(heardAt_ms, now_ms + offset_ms, language) })}
    </p>
  );
}

/** When `value` last changed while this page was looking, by the server's clock; null while it has not. */
function useChangedAt_ms(value: string): number | null {
  const [changedAt_ms, setChangedAt_ms] = useState<number | null>(null);
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    setChangedAt_ms(serverNow_ms());
  }, [value]);
  return changedAt_ms;
}
