// The sensors of a device and their levels now.
import { useTranslation } from "react-i18next";
import type { SensorKindInfo } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { useLanguage } from "@/i18n";
import { SensorIcon } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { TimeAgo } from "@/ui/TimeAgo";
import { useTroubleWords } from "@/ui/troubleWords";
import { AsOf } from "./AsOf";
import classes from "./SensorsPanel.module.css";
import { type SensorLevel, sensorLevels } from "./sensors";

interface SensorsPanelProps {
  device: Parameters<typeof sensorLevels>[0];
  kinds: SensorKindInfo[];
  stale: boolean;
  asOf: string | null;
}

export function SensorsPanel({ device, kinds, stale, asOf }: SensorsPanelProps) {
  const { t } = useTranslation();
  const levels = sensorLevels(device);
  return (
    <Panel title={t("devices.sensors")} aside={<AsOf words={asOf} />}>
      {levels.length === 0 ? (
        <p className={classes.none}>{t("devices.no_sensor")}</p>
      ) : (
        <ul className={classes.sensors} data-stale={stale || undefined}>
          {levels.map((level) => (
            <Sensor key={level.name} level={level} kinds={kinds} stale={stale} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Sensor({ level, kinds, stale }: { level: SensorLevel; kinds: SensorKindInfo[]; stale: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const troubleWords = useTroubleWords();
  const kind = kinds.find(({ name }) => name === level.kind);
  return (
    <li
      className={classes.sensor}
      data-testid={`sensor-${level.name}`}
      data-active={level.active}
      data-lit={(level.active && !stale) || undefined}
    >
      <span className={classes.icon}>
        <SensorIcon name={kind?.icon ?? "sensor"} />
      </span>
      <span className={classes.words}>
        <span className={classes.name}>{sensorLabel(level.kind, kinds, language)}</span>
        <span className={classes.meta}>
          {[level.location, level.name].filter((word) => word !== "" && word !== level.kind).join(" · ")}
        </span>
        {level.fault && (
          <span className={classes.fault}>{troubleWords({ code: "fault", detail: level.fault }).title}</span>
        )}
      </span>
      <span className={classes.level}>
        <strong>{t(level.active ? "devices.level.active" : "devices.level.quiet")}</strong>
        {level.since && <TimeAgo moment={level.since} className={classes.since} />}
      </span>
    </li>
  );
}
