// One device: proof of life, health, sensors, ledger, what ails it and what to try.
import { Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import IconVideo from "@tabler/icons-react/dist/esm/icons/IconVideo.mjs";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { hasPart } from "@/api/camera";
import type { SeenDevice } from "@/api/freshness";
import { useHeard } from "@/api/heartbeats";
import { useDevices, useSite } from "@/api/queries";
import { eventLink } from "@/format/links";
import { DeviceState } from "@/ui/DeviceState";
import { FirstDevice } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { EventCard } from "@/ui/EventCard";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import { TroublesPanel } from "@/ui/TroublesPanel";
import { AwayNotice } from "./AwayNotice";
import { CameraPanel } from "./CameraPanel";
import classes from "./DevicePage.module.css";
import { HealthPanel } from "./HealthPanel";
import { HeartbeatBar } from "./HeartbeatBar";
import { LedgerCard } from "./LedgerCard";
import { SensorsPanel } from "./SensorsPanel";
import { useDeviceNow } from "./useDeviceNow";

const PAGE_BARS = 60;
const PHONE_BARS = 36;
/** Silent and offline have their own notice above all. */
const TOLD_ELSEWHERE = ["silent", "offline"];

export default function DevicePage() {
  const { t } = useTranslation();
  const { device: device_id = "" } = useParams();
  const devices = useDevices();
  const device = devices.data?.find((other) => other.device_id === device_id);
  return (
    <>
      <Link className={classes.back} to="/devices">
        <IconChevronLeft size={20} stroke={2} aria-hidden="true" />
        {t("devices.title")}
      </Link>
      {device ? (
        <DeviceDetails device={device} />
      ) : devices.isPending ? (
        <div className={classes.grid} aria-busy="true">
          <Skeleton h={160} radius={12} />
          <Skeleton h={160} radius={12} />
          <Skeleton h={240} radius={12} />
        </div>
      ) : devices.isError && devices.data === undefined ? (
        <LoadError error={devices.error} retry={() => void devices.refetch()} />
      ) : (
        <>
          <h1 className={classes.name}>{device_id}</h1>
          <EmptyState drawing={<FirstDevice />} title={t("devices.none_such")} text={t("devices.none_such_text")} />
        </>
      )}
    </>
  );
}

function DeviceDetails({ device }: { device: SeenDevice }) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 560px)");
  const now = useDeviceNow(device);
  const kinds = useSite().data?.sensor_kinds ?? [];
  const history = useHeard().histories.get(device.device_id);
  const thirdParty = now.state === "unknown" && !device.heartbeat;
  const troubles = (device.health ?? []).filter(({ code }) => !TOLD_ELSEWHERE.includes(code));
  const away = now.state === "offline" || now.state === "silent";
  return (
    <>
      <header className={classes.head} data-testid={`device-${device.device_id}`} data-state={now.state}>
        <h1 className={classes.name}>{device.device_id}</h1>
        <DeviceState state={now.state} stale={!now.reachable} />
        {!thirdParty && <span className={classes.heard}>{now.reachable ? now.heard : now.asOf}</span>}
        {(hasPart(device, "camera") || hasPart(device, "servo")) && (
          <Link className={classes.live} to={`/live/${device.device_id}`}>
            <IconVideo size={20} stroke={1.75} aria-hidden="true" />
            {t(hasPart(device, "camera") ? "devices.to_picture" : "devices.to_live")}
          </Link>
        )}
      </header>
      {away && now.reachable && (
        <AwayNotice device={device} state={now.state} offlineAt_ms={history?.offlineAt_ms ?? null} />
      )}
      <div className={classes.grid}>
        {troubles.length > 0 && (
          <div className={classes.wide}>
            <TroublesPanel troubles={troubles} />
          </div>
        )}
        {thirdParty ? (
          <Panel title={t("devices.third_party.title")} className={classes.wide}>
            <p className={classes.text}>{t("devices.third_party.text")}</p>
          </Panel>
        ) : (
          <Panel title={t("devices.beats.title")} className={classes.wide}>
            {history && <HeartbeatBar history={history} limit={phone ? PHONE_BARS : PAGE_BARS} />}
          </Panel>
        )}
        {!thirdParty && (
          <div className={classes.column}>
            <SensorsPanel device={device} kinds={kinds} stale={now.stale} asOf={now.asOf} />
            <HealthPanel device={device} stale={now.stale} asOf={now.asOf} />
          </div>
        )}
        <div className={classes.column}>
          {!thirdParty && <CameraPanel device={device} stale={now.stale} asOf={now.asOf} />}
          <LedgerCard device={device} state={now.state} asOf={now.asOf} />
          {troubles.length === 0 && now.state === "online" && now.reachable && <TroublesPanel troubles={troubles} />}
          <LastEvent device={device} />
        </div>
        <details className={`${classes.raw} ${classes.wide}`}>
          <summary>{t("devices.raw")}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0} data-testid="device-raw">
            {JSON.stringify(withoutOurs(device), null, 2)}
          </pre>
        </details>
      </div>
    </>
  );
}

function LastEvent({ device }: { device: SeenDevice }) {
  const { t } = useTranslation();
  const kinds = useSite().data?.sensor_kinds ?? [];
  const { last_event: last } = device;
  return (
    <Panel
      title={t("devices.last_event")}
      aside={
        <Link className={classes.all} to={`/events?device=${device.device_id}`}>
          {t("devices.all_events")}
        </Link>
      }
      flush={Boolean(last)}
    >
      {last ? (
        <EventCard event={last} kinds={kinds} to={eventLink(last)} />
      ) : (
        <p className={classes.text}>{t("devices.no_event")}</p>
      )}
    </Panel>
  );
}

/** As the server told it: without what this page has added. */
function withoutOurs({ seenAt_ms, ...device }: SeenDevice): object {
  return device;
}
