// What the Pi says about itself: temperature, disk, power, clock, version, backlog.
import { useTranslation } from "react-i18next";
import { useSite } from "@/api/queries";
import type { Device } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { amount, dataSize } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { AsOf } from "./AsOf";
import { Figure, Figures } from "./Figures";

/** A Pi begins to slow down at 80 degrees. */
const HOT_C = 75;
const LOW_DISK_BYTES = 200_000_000;

/** What is no sensor; sensors are called by the label of their kind. */
const OTHER_PARTS = ["servo", "siren", "camera"] as const;

export function HealthPanel({ device, stale, asOf }: { device: Device; stale: boolean; asOf: string | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { heartbeat, status } = device;
  const kinds = useSite().data?.sensor_kinds ?? [];
  const part = (name: string) => {
    const other = OTHER_PARTS.find((known) => known === name);
    return other ? t(`devices.health.part.${other}`) : sensorLabel(name, kinds, language);
  };
  const temp_c = heartbeat?.temp_c ?? null;
  const disk = heartbeat?.disk_free_bytes ?? null;
  const throttled = heartbeat?.throttled ?? null;
  const clock = heartbeat?.clock ?? null;
  const backlog = heartbeat?.log_depth ?? null;
  const boot_id = heartbeat?.boot_id || status?.boot_id || null;
  const trouble = (yes: boolean) => (yes && !stale ? ("trouble" as const) : undefined);
  return (
    <Panel title={t("devices.health.title")} aside={<AsOf words={asOf} />}>
      <Figures stale={stale}>
        <Figure
          label={t("devices.health.temperature")}
          value={temp_c === null ? null : `${amount(temp_c, language, 1)} °C`}
          tone={trouble(temp_c !== null && temp_c >= HOT_C)}
        />
        <Figure
          label={t("devices.health.disk")}
          value={disk === null ? null : dataSize(disk, language)}
          tone={trouble(disk !== null && disk < LOW_DISK_BYTES)}
        />
        <Figure
          label={t("devices.health.clock")}
          value={clock === null ? null : t(`devices.health.clocks.${clock}`)}
          tone={trouble(clock === "unsynced")}
          note={clock === null ? undefined : t(`devices.health.clock_notes.${clock}`)}
        />
        <Figure
          label={t("devices.health.power")}
          value={throttled === null ? null : t(throttled ? "devices.health.throttled" : "devices.health.power_good")}
          tone={trouble(throttled === true)}
        />
        <Figure
          label={t("devices.health.backlog")}
          value={backlog === null ? null : amount(backlog, language)}
          note={t("devices.health.backlog_note")}
        />
        <Figure label={t("devices.health.version")} value={status?.version || null} />
        <Figure
          label={t("devices.health.capabilities")}
          value={
            device.capabilities && device.capabilities.length > 0 ? device.capabilities.map(part).join(", ") : null
          }
          plain
        />
        <Figure
          label={t("devices.health.boot")}
          value={boot_id && <code title={boot_id}>{boot_id.slice(0, 8)}</code>}
          plain
        />
      </Figures>
    </Panel>
  );
}
