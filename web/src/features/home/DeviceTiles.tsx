// One tile per device: how it is, and what it last saw.
import { Skeleton } from "@mantine/core";
import IconCpu from "@tabler/icons-react/dist/esm/icons/IconCpu.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { deviceStateNow, heartbeatAge_s, type SeenDevice } from "@/api/freshness";
import { useDevices, useSite } from "@/api/queries";
import type { SensorKindInfo } from "@/api/types";
import { useFreshness, useReachable } from "@/api/useFreshness";
import { duration } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { DeviceState } from "@/ui/DeviceState";
import { FirstDevice } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { useEventSentence } from "@/ui/EventCard";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import { TimeAgo } from "@/ui/TimeAgo";
import { distinctTroubles } from "@/ui/troubleWords";
import { useEventText } from "@/ui/useEventText";
import classes from "./DeviceTiles.module.css";

export function DeviceTiles() {
  const { t } = useTranslation();
  const devices = useDevices();
  const kinds = useSite().data?.sensor_kinds ?? [];
  if (devices.isPending) return <Skeleton h={120} radius={12} />;
  if (devices.isError) {
    return (
      <Panel title={t("home.devices")}>
        <LoadError error={devices.error} retry={() => void devices.refetch()} />
      </Panel>
    );
  }
  if (devices.data.length === 0) {
    return (
      <Panel title={t("home.devices")}>
        <EmptyState drawing={<FirstDevice />} title={t("home.empty.title")} text={t("home.empty.text")}>
          <pre className={classes.command}>make up</pre>
        </EmptyState>
      </Panel>
    );
  }
  return (
    <section aria-label={t("home.devices")} className={classes.tiles}>
      {devices.data.map((device) => (
        <DeviceTile key={device.device_id} device={device} kinds={kinds} />
      ))}
    </section>
  );
}

function DeviceTile({ device, kinds }: { device: SeenDevice; kinds: SensorKindInfo[] }) {
  const { t } = useTranslation();
  const sentence = useEventSentence();
  const eventText = useEventText(kinds);
  const reachable = useReachable();
  const now_ms = useNow_ms(1000);
  const state = deviceStateNow(device, now_ms);
  const { last_event: last } = device;
  return (
    <Link
      to={`/devices/${device.device_id}`}
      className={classes.tile}
      data-testid={`device-tile-${device.device_id}`}
      data-state={state}
    >
      <span className={classes.face}>
        <IconCpu size={26} stroke={1.5} aria-hidden="true" />
      </span>
      <span className={classes.words}>
        <span className={classes.head}>
          <span className={classes.name}>{device.device_id}</span>
          <DeviceState state={state} stale={!reachable} />
        </span>
        <span className={classes.last}>
          {last ? (
            <>
              {sentence(eventText(last))} · <TimeAgo moment={last.occurred_at} />
            </>
          ) : (
            t("home.tile.never")
          )}
        </span>
        <Note device={device} />
      </span>
    </Link>
  );
}

/** Why it is not well; else the proof that it lives. */
function Note({ device }: { device: SeenDevice }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now_ms = useNow_ms(1000);
  const state = deviceStateNow(device, now_ms);
  const age_s = heartbeatAge_s(device, now_ms);
  const age = age_s === null ? null : duration(Math.floor(age_s), language);
  const troubles = distinctTroubles(device.health ?? []).length;
  const { cutAt } = useFreshness();
  if (cutAt && state === "silent") return <span className={classes.note}>{t(`devices.away.cut.${cutAt}`)}</span>;
  if (state === "offline" || state === "unknown")
    return <span className={classes.note}>{t(`home.tile.why.${state}`)}</span>;
  if (state === "silent" && age !== null) {
    return <span className={classes.note}>{t("home.tile.why.silent", { time: age })}</span>;
  }
  if (troubles > 0) return <span className={classes.trouble}>{t("home.tile.trouble", { count: troubles })}</span>;
  return (
    <span className={classes.note}>{age === null ? t("home.tile.unheard") : t("home.tile.heard", { time: age })}</span>
  );
}
