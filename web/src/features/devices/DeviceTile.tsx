// One device in the list. The whole tile leads to its page.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { SeenDevice } from "@/api/freshness";
import { useHeard } from "@/api/heartbeats";
import type { SensorKindInfo } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { useLanguage } from "@/i18n";
import { DeviceState } from "@/ui/DeviceState";
import { SensorIcon } from "@/ui/icons";
import { useTimeAgo } from "@/ui/TimeAgo";
import { distinctTroubles, useTroubleWords } from "@/ui/troubleWords";
import { CameraLine } from "./CameraPanel";
import classes from "./DeviceTile.module.css";
import { HeartbeatBar } from "./HeartbeatBar";
import { LedgerLine } from "./LedgerLine";
import { sensorLevels } from "./sensors";
import { useDeviceNow } from "./useDeviceNow";

const TILE_BARS = 36;
/** By the state, the age and the ledger. */
const TOLD_ELSEWHERE = ["silent", "offline", "missing_events"];

export function DeviceTile({ device, kinds }: { device: SeenDevice; kinds: SensorKindInfo[] }) {
  const { t } = useTranslation();
  const { state, stale, reachable, heard, asOf } = useDeviceNow(device);
  const history = useHeard().histories.get(device.device_id);
  const ago = useTimeAgo();
  const troubleWords = useTroubleWords();
  const [first, ...others] = distinctTroubles(device.health ?? []).filter(({ code }) => !TOLD_ELSEWHERE.includes(code));
  return (
    <article
      className={classes.tile}
      data-testid={`device-row-${device.device_id}`}
      data-state={state}
      data-stale={stale || undefined}
    >
      <header className={classes.head}>
        <h2 className={classes.name}>
          <Link to={`/devices/${device.device_id}`}>{device.device_id}</Link>
        </h2>
        <DeviceState state={state} stale={!reachable} />
      </header>
      {state === "unknown" && !device.heartbeat ? (
        <>
          <p className={classes.age}>{t("devices.third_party.short")}</p>
          {device.last_event && (
            <p className={classes.last}>
              {t("devices.third_party.last", { time: ago(device.last_event.occurred_at) })}
            </p>
          )}
        </>
      ) : (
        <>
          <p className={classes.age}>
            {reachable && heard}
            {asOf && <span className={classes.asOf}>{asOf}</span>}
          </p>
          {history && <HeartbeatBar history={history} limit={TILE_BARS} small />}
        </>
      )}
      <Levels device={device} kinds={kinds} stale={stale} />
      <CameraLine device={device} />
      <LedgerLine device={device} state={state} />
      {first && (
        <p className={classes.trouble}>
          <IconAlertTriangle size={18} stroke={2} aria-hidden="true" />
          <span>
            {troubleWords(first).title}
            {others.length > 0 && ` · ${t("devices.trouble.more", { count: others.length })}`}
          </span>
        </p>
      )}
    </article>
  );
}

function Levels({ device, kinds, stale }: { device: SeenDevice; kinds: SensorKindInfo[]; stale: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const levels = sensorLevels(device);
  if (levels.length === 0) return null;
  return (
    <ul className={classes.levels} aria-label={t("devices.sensors")}>
      {levels.map((level) => (
        <li
          key={level.name}
          className={classes.level}
          data-active={(level.active && !stale) || undefined}
          data-fault={level.fault !== null || undefined}
        >
          <SensorIcon name={kinds.find(({ name }) => name === level.kind)?.icon ?? "sensor"} size={18} />
          <span>{sensorLabel(level.name, kinds, language)}</span>
          <strong>
            {t(level.fault ? "devices.level.fault" : level.active ? "devices.level.active" : "devices.level.quiet")}
          </strong>
        </li>
      ))}
    </ul>
  );
}
