// A device that is not heard: since when, and what to try, in the order of how often it helps.
import IconPlugConnectedX from "@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs";
import { useTranslation } from "react-i18next";
import type { SeenDevice } from "@/api/freshness";
import type { DeviceState } from "@/api/types";
import { useFreshness } from "@/api/useFreshness";
import { clockTimeSeconds, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./AwayNotice.module.css";

interface AwayNoticeProps {
  device: SeenDevice;
  state: DeviceState;
  /** When this page saw it go offline; null when it was so already. */
  offlineAt_ms: number | null;
}

export function AwayNotice({ device, state, offlineAt_ms }: AwayNoticeProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { cutAt } = useFreshness();
  const time = (at: string | number) =>
    localDay(at) === localDay(Date.now()) ? clockTimeSeconds(at, language) : shortMoment(at, language);
  return (
    <section className={classes.away} aria-label={t(`devices.state.${state}`)} data-testid="device-away">
      <IconPlugConnectedX size={24} stroke={1.75} aria-hidden="true" />
      <div className={classes.words}>
        <p className={classes.title}>
          {state === "silent"
            ? t(cutAt ? `devices.away.cut.${cutAt}` : "devices.away.silent")
            : offlineAt_ms === null
              ? t("devices.away.offline")
              : t("devices.away.offline_at", { time: time(offlineAt_ms) })}
        </p>
        <p>
          {device.heartbeat_at ? t("devices.away.last", { time: time(device.heartbeat_at) }) : t("devices.away.never")}
        </p>
        {!cutAt && <WhatToTry />}
        <p>{t("devices.away.safe")}</p>
      </div>
    </section>
  );
}

function WhatToTry() {
  const { t } = useTranslation();
  return (
    <>
      <h2 className={classes.try}>{t("devices.away.try")}</h2>
      <ol className={classes.steps}>
        <li>{t("devices.away.power")}</li>
        <li>{t("devices.away.network")}</li>
        <li>
          {t("devices.away.service")} <code>sudo systemctl status sensor-publisher</code>
        </li>
      </ol>
    </>
  );
}
