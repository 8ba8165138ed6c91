// How the system itself is: server, database, bridge, broker, what waits to be delivered; and this browser's display.
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { deviceStateNow } from "@/api/freshness";
import { request } from "@/api/http";
import { useDevices, useSite } from "@/api/queries";
import { useMay } from "@/api/session";
import type { Health } from "@/api/types";
import { useFreshness } from "@/api/useFreshness";
import { DiskGauge } from "@/features/recordings/DiskGauge";
import { amount, duration } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { DisplaySettings } from "@/ui/DisplaySettings";
import { Lighthouse } from "@/ui/drawings";
import { PageHeader, Panel } from "@/ui/Panel";
import { TroublesPanel } from "@/ui/TroublesPanel";
import { AccountsPanel } from "./AccountsPanel";
import { AuditPanel } from "./AuditPanel";
import { DoctorPanel } from "./DoctorPanel";
import { PeoplePanel } from "./PeoplePanel";
import { Quarantine } from "./Quarantine";
import classes from "./SystemPage.module.css";

const HEALTH_EVERY_MS = 10_000;

export default function SystemPage() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const mayAdminister = useMay("administer");
  return (
    <>
      <PageHeader title={t("system.title")} />
      <div className={classes.page}>
        <Parts />
        <SiteTroubles />
        <Panel title={t("system.display")}>
          <DisplaySettings />
        </Panel>
        <DiskGauge />
        <AccountsPanel />
        {mayOperate && <PeoplePanel />}
        <About />
        {mayAdminister && <DoctorPanel />}
        {mayAdminister && <AuditPanel />}
        <Quarantine />
      </div>
    </>
  );
}

/** Only when there are any: the parts above say already that all is well. */
function SiteTroubles() {
  const troubles = useSite().data?.health ?? [];
  const { unreachableSince_ms } = useFreshness();
  return troubles.length > 0 && unreachableSince_ms === null ? <TroublesPanel troubles={troubles} /> : null;
}

function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => request<Health>("/healthz", { signal }),
    refetchInterval: HEALTH_EVERY_MS,
  });
}

function Parts() {
  const { t } = useTranslation();
  const language = useLanguage();
  const site = useSite();
  const health = useHealth().data;
  const devices = useDevices().data ?? [];
  const { unreachableSince_ms, notStoring } = useFreshness();
  // While it fails /healthz answers 503, and so only says that it does.
  const database = notStoring ? "failing" : health?.database;
  const now_ms = useNow_ms(1000);
  if (site.isPending) return <Skeleton h={280} radius={12} />;
  const reachable = unreachableSince_ms === null;
  // Who never tells a state cannot be silent: sensors of other makers count apart.
  const states = devices.map((device) => deviceStateNow(device, now_ms)).filter((state) => state !== "unknown");
  const heard = states.filter((state) => state === "online").length;
  const eventsOnly = devices.length - states.length;
  const onPis = devices.reduce((sum, { heartbeat }) => sum + (heartbeat?.log_depth ?? 0), 0);
  const waiting = site.data?.spool_depth;
  return (
    <Panel title={t("system.parts")} flush>
      <dl className={classes.parts}>
        <Part name={t("system.server")} tone={reachable ? "well" : "trouble"} testId="system-server">
          {reachable ? t("system.reachable") : t("system.unreachable")}
          {reachable && health && <small>{t("system.running", { time: duration(health.uptime_s, language) })}</small>}
        </Part>
        <Part
          name={t("system.database")}
          tone={toneOf(reachable ? database : undefined, "ok")}
          testId="system-database"
        >
          {database && reachable ? t(`system.database_${database}`) : t("system.unknown")}
        </Part>
        <Part
          name={t("system.bridge")}
          tone={toneOf(reachable ? site.data?.bridge : undefined, "connected")}
          testId="system-bridge"
        >
          {site.data && reachable ? t(`system.link_${site.data.bridge}`) : t("system.unknown")}
          {site.data?.bridge === "absent" && <small>{t("system.bridge_absent_means")}</small>}
        </Part>
        <Part
          name={t("system.broker")}
          tone={toneOf(reachable ? site.data?.broker : undefined, "connected")}
          testId="system-broker"
        >
          {site.data && reachable ? t(`system.link_${site.data.broker}`) : t("system.unknown")}
        </Part>
        <Part name={t("system.backlog")} tone={reachable && waiting ? "trouble" : "plain"} testId="system-backlog">
          {waiting === null || waiting === undefined
            ? t("system.unknown")
            : t("system.waiting", { count: waiting, shown: amount(waiting, language) })}
          <small>{t("system.on_pis", { count: onPis, shown: amount(onPis, language) })}</small>
        </Part>
        <Part name={t("system.devices")} tone={heard === states.length ? "plain" : "trouble"} testId="system-devices">
          <Link to="/devices" className={classes.link}>
            {t("system.heard", { heard, count: states.length })}
          </Link>
          {eventsOnly > 0 && <small>{t("system.events_only", { count: eventsOnly })}</small>}
        </Part>
      </dl>
    </Panel>
  );
}

type Tone = "well" | "trouble" | "plain" | "unknown";

function toneOf(state: string | undefined, well: string): Tone {
  if (state === undefined || state === "unknown") return "unknown";
  return state === well ? "well" : "trouble";
}

function Part({ name, tone, testId, children }: { name: string; tone: Tone; testId: string; children: ReactNode }) {
  return (
    <div className={classes.part} data-tone={tone} data-testid={testId}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function About() {
  const { t } = useTranslation();
  const version = useSite().data?.version;
  return (
    <Panel title={t("system.about")}>
      <div className={classes.about}>
        <Lighthouse size={56} />
        <div>
          <p className={classes.version} data-testid="version">
            Vigie {version}
          </p>
          <p className={classes.text}>{t("system.local")}</p>
          <p className={classes.links}>
            <a className={classes.link} href="/docs">
              {t("system.api")}
            </a>
            <Link className={classes.link} to="/?kiosk=1">
              {t("system.kiosk")}
            </Link>
          </p>
        </div>
      </div>
    </Panel>
  );
}
