// A zone in words: "Mat, entrance", from its name `device/sensor`.
import { useTranslation } from "react-i18next";
import { useGuard } from "@/api/alarm";
import { zoneKey } from "@/api/guard";
import { useSite } from "@/api/queries";
import type { SensorKindInfo, SiteZone } from "@/api/types";
import { sensorLabel } from "@/format/eventText";
import { useLanguage } from "@/i18n";

export interface ZoneWords {
  name: string;
  device_id: string;
  icon: string;
}

const NO_KINDS: SensorKindInfo[] = [];
const NO_ZONES: SiteZone[] = [];

export function useZoneWords(): (key: string) => ZoneWords {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? NO_KINDS;
  const zones = useGuard().data?.zones ?? NO_ZONES;
  return (key) => {
    const [device_id = "", sensor = ""] = key.split("/", 2);
    const zone = zones.find((other) => zoneKey(other) === key);
    const kind = zone?.kind ?? sensor;
    const what = sensorLabel(kind, kinds, language);
    const where = zone?.location || (sensor === kind ? "" : sensor);
    const icon = kinds.find(({ name }) => name === kind)?.icon ?? "sensor";
    return { name: where ? t("event.what_where", { what, where }) : what, device_id, icon };
  };
}
