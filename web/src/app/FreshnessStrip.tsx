// How fresh the page is: this browser offline, server unreachable, bridge or broker away, devices silent; each its own signal.
import IconCloudOff from "@tabler/icons-react/dist/esm/icons/IconCloudOff.mjs";
import IconCpuOff from "@tabler/icons-react/dist/esm/icons/IconCpuOff.mjs";
import IconDatabaseOff from "@tabler/icons-react/dist/esm/icons/IconDatabaseOff.mjs";
import IconPlugConnectedX from "@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs";
import IconWifiOff from "@tabler/icons-react/dist/esm/icons/IconWifiOff.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useConnection } from "@/api/connection";
import { type Signal, signals } from "@/api/freshness";
import { useFreshness } from "@/api/useFreshness";
import type { IconType } from "@/ui/icons";
import classes from "./FreshnessStrip.module.css";

const ICONS: Record<Exclude<Signal, "ok">, IconType> = {
  browser: IconWifiOff,
  server: IconCloudOff,
  database: IconDatabaseOff,
  bridge: IconPlugConnectedX,
  broker: IconPlugConnectedX,
  devices: IconCpuOff,
};

/** Where more is said about it. */
const LINKS: Partial<Record<Signal, string>> = {
  database: "/system",
  bridge: "/system",
  broker: "/system",
  devices: "/devices",
};

export function FreshnessStrip() {
  const { t } = useTranslation();
  const fresh = useFreshness();
  const { socket } = useConnection();
  const raised = signals(fresh);
  const connecting = raised[0] === "ok" && socket === "waiting";
  const words: Record<Signal, string> = {
    ok: connecting ? t("shell.fresh.connecting") : t("shell.fresh.ok"),
    browser: t("shell.fresh.browser"),
    server: t("shell.fresh.server"),
    database: t("shell.fresh.database"),
    bridge: t("shell.fresh.bridge"),
    broker: t("shell.fresh.broker"),
    devices: t("shell.fresh.devices", { count: fresh.silentDevices.length }),
  };
  return (
    <ul
      className={classes.strip}
      aria-label={t("shell.fresh.label")}
      data-testid="freshness-strip"
      data-signal={connecting ? "connecting" : raised.join(" ")}
    >
      {raised.map((signal) => (
        <li key={signal} className={classes.signal} data-kind={connecting ? "connecting" : signal}>
          {LINKS[signal] ? (
            <Link to={LINKS[signal]} title={signal === "devices" ? fresh.silentDevices.join(", ") : undefined}>
              <Sign signal={signal} />
              <span>{words[signal]}</span>
            </Link>
          ) : (
            <>
              <Sign signal={signal} />
              <span>{words[signal]}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Sign({ signal }: { signal: Signal }) {
  if (signal === "ok") return <span className={classes.dot} />;
  const Icon = ICONS[signal];
  return <Icon size={16} stroke={2} aria-hidden="true" />;
}
