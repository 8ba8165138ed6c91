// Which zone guards in which mode, and how each of them is now.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useGuard } from "@/api/alarm";
import { zoneKey } from "@/api/guard";
import { useMode } from "@/api/queries";
import type { Mode, SiteZone } from "@/api/types";
import { useFreshness } from "@/api/useFreshness";
import { MODES, ModeIcon, SensorIcon } from "@/ui/icons";
import { Panel } from "@/ui/Panel";
import { useZoneWords } from "@/ui/useZoneWords";
import { DutySign } from "./DutySign";
import { useFilterWords } from "./useFilterWords";
import classes from "./ZonesPanel.module.css";
import { dutyIn, filtersOf } from "./zoneConfig";

export function ZonesPanel() {
  const { t } = useTranslation();
  const zones = useGuard().data?.zones ?? [];
  const aside = zones.length > 0 && (
    <Link to="/alerts/walk-test" className={classes.link} data-testid="to-walk-test">
      {t("zones.to_walk_test")}
    </Link>
  );
  return (
    <Panel title={t("zones.title")} aside={aside || undefined} flush>
      {zones.length === 0 ? <p className={classes.none}>{t("zones.none")}</p> : <Matrix zones={zones} />}
    </Panel>
  );
}

function Matrix({ zones }: { zones: SiteZone[] }) {
  const { t } = useTranslation();
  const mode = useMode().data;
  const now = mode?.known ? mode.mode : null;
  const devices = [...new Set(zones.map(({ device_id }) => device_id))].sort();
  return (
    <table className={classes.matrix} data-testid="zones">
      <caption className={classes.hidden}>{t("zones.title")}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className={classes.hidden}>{t("zones.zone")}</span>
          </th>
          {MODES.map((column) => (
            <th key={column} scope="col" data-now={column === now || undefined}>
              <span className={classes.modeHead}>
                <ModeIcon mode={column} size={18} />
                {t(`mode.word.${column}`)}
                {column === now && <span className={classes.now}>{t("zones.now")}</span>}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      {devices.map((device_id) => (
        <tbody key={device_id}>
          <tr>
            <th scope="rowgroup" colSpan={4} className={classes.device}>
              <Link to={`/devices/${device_id}`}>{device_id}</Link>
            </th>
          </tr>
          {zones
            .filter((zone) => zone.device_id === device_id)
            .map((zone) => (
              <ZoneRow key={zoneKey(zone)} zone={zone} now={now} />
            ))}
        </tbody>
      ))}
    </table>
  );
}

function ZoneRow({ zone, now }: { zone: SiteZone; now: Mode | null }) {
  const { t } = useTranslation();
  const { name, icon } = useZoneWords()(zoneKey(zone));
  const filterWords = useFilterWords();
  return (
    <tr data-testid={`zone-${zoneKey(zone)}`}>
      <th scope="row" className={classes.zone}>
        <span className={classes.zoneHead}>
          <SensorIcon name={icon} />
          <span className={classes.name}>{name}</span>
        </span>
        <Condition zone={zone} />
        <span className={classes.filters}>{filterWords(filtersOf(zone)).join(" · ")}</span>
        <Link to={`/alerts/zones/${zone.device_id}/${zone.sensor}`} className={classes.link}>
          {t("zones.change")}
        </Link>
      </th>
      {MODES.map((column) => (
        <td key={column} data-now={column === now || undefined} data-duty={dutyIn(zone, column)}>
          <DutySign duty={dutyIn(zone, column)} />
        </td>
      ))}
    </tr>
  );
}

/** Open, left out, waiting to be closed; nothing of it while it is not known. */
function Condition({ zone }: { zone: SiteZone }) {
  const { t } = useTranslation();
  const { unreachableSince_ms, cutAt } = useFreshness();
  const known = unreachableSince_ms === null && cutAt === null && typeof zone.open === "boolean";
  const conditions: ("open" | "bypassed" | "must_close" | "not_known")[] = [];
  if (!known) conditions.push("not_known");
  else if (zone.open) conditions.push("open");
  if (zone.bypassed) conditions.push("bypassed");
  if (zone.must_close) conditions.push("must_close");
  if (conditions.length === 0) return null;
  return (
    <span className={classes.conditions}>
      {conditions.map((condition) => (
        <span key={condition} className={classes.condition} data-condition={condition}>
          {t(`zones.condition.${condition}`)}
        </span>
      ))}
    </span>
  );
}
