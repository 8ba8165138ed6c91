// One zone: what it does, another way to do it, what that would have done to the last weeks, and the lines for the Pi.
import { Button, Skeleton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useGuard } from "@/api/alarm";
import { zoneKey } from "@/api/guard";
import type { SiteZone } from "@/api/types";
import { LostAtSea } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { LoadError } from "@/ui/LoadError";
import { PageHeader, Panel } from "@/ui/Panel";
import { Snippet } from "@/ui/Snippet";
import { useZoneWords } from "@/ui/useZoneWords";
import { ReplayPanel } from "./ReplayPanel";
import { ZoneForm } from "./ZoneForm";
import classes from "./ZonePage.module.css";
import { configOf, zoneToml } from "./zoneConfig";

export default function ZonePage() {
  const { t } = useTranslation();
  const { device, sensor } = useParams();
  const guard = useGuard();
  const zone = guard.data?.zones.find((other) => other.device_id === device && other.sensor === sensor);
  if (guard.isPending) return <Skeleton h={320} radius={12} />;
  if (guard.data === undefined) return <LoadError error={guard.error} retry={() => void guard.refetch()} />;
  if (zone === undefined) {
    return (
      <EmptyState page drawing={<LostAtSea />} title={t("zones.page.none")} text={t("zones.page.none_text")}>
        <Button component={Link} to="/alerts" variant="default" h={44} mt={8}>
          {t("zones.page.back")}
        </Button>
      </EmptyState>
    );
  }
  return <Zone key={zoneKey(zone)} zone={zone} others={guard.data.zones.filter((other) => other !== zone)} />;
}

function Zone({ zone, others }: { zone: SiteZone; others: SiteZone[] }) {
  const { t } = useTranslation();
  const { name } = useZoneWords()(zoneKey(zone));
  const [config, setConfig] = useState(() => configOf(zone));
  return (
    <>
      <PageHeader title={name}>
        <span className={classes.device}>{zone.device_id}</span>
        <Button variant="default" h={44} onClick={() => setConfig(configOf(zone))}>
          {t("zones.page.reset")}
        </Button>
        <Button component={Link} to="/alerts" variant="default" h={44}>
          {t("zones.page.back")}
        </Button>
      </PageHeader>
      <div className={classes.page}>
        <ZoneForm config={config} others={others.map(zoneKey)} onChange={setConfig} />
        <div className={classes.side}>
          <ReplayPanel zone={zone} config={config} />
          <Panel>
            <Snippet title={t("zones.page.snippet", { device: zone.device_id })} text={zoneToml(zone.sensor, config)} />
            <p className={classes.hint}>{t("zones.page.snippet_hint", { sensor: zone.sensor })}</p>
          </Panel>
        </div>
      </div>
    </>
  );
}
