// How fresh is what the page shows? Pure: connection and devices in, signals out.
import type { Connection } from "./connection";
import type { Device, DeviceState } from "./types";

/** As in the protocol: a device without a heartbeat for this long is in trouble, whatever it said before. */
export const SILENT_AFTER_S = 30;
/** A socket that is back within this time was a blink, not an outage. */
export const SOCKET_GRACE_MS = 1500;

/** A device and when this browser was told of it: its heartbeat's age goes on growing from there. */
export interface SeenDevice extends Device {
  seenAt_ms: number;
}

export interface Freshness {
  browserOffline: boolean;
  /** Since when (this browser's clock) the server is unreachable; null while it is reachable. */
  unreachableSince_ms: number | null;
  /** What is missing between the devices and a reachable server: news stop there. */
  cutAt: "bridge" | "broker" | null;
  /** The server answers but cannot store: new events are not shown until it can. */
  notStoring: boolean;
  silentDevices: string[];
}

export type Signal = "ok" | "browser" | "server" | "database" | "bridge" | "broker" | "devices";

/** What `/api/site` says about the way of the news. */
type SiteState = { bridge?: string; broker?: string; health?: { code: string }[] | undefined };

/** Seconds since the device's last heartbeat as of now, or null if none was ever heard. */
export function heartbeatAge_s(device: SeenDevice, now_ms: number): number | null {
  const age_s = device.heartbeat_age_s;
  if (age_s === null || age_s === undefined) return null;
  return age_s + Math.max(0, (now_ms - device.seenAt_ms) / 1000);
}

/** The device's state as of now: `online` turns into `silent` by itself when no heartbeat comes. */
export function deviceStateNow(device: SeenDevice, now_ms: number): DeviceState {
  if (device.state !== "online") return device.state;
  const age_s = heartbeatAge_s(device, now_ms);
  return age_s !== null && age_s > SILENT_AFTER_S ? "silent" : "online";
}

/** Null while reachable. The socket gets a short grace, failing requests do not. */
export function unreachableSince_ms(connection: Connection, now_ms: number): number | null {
  const socketGone =
    connection.socket === "down" &&
    connection.socketDownAt_ms !== null &&
    (connection.lastHeard_ms === null || now_ms - connection.socketDownAt_ms >= SOCKET_GRACE_MS);
  if (connection.requests !== "failing" && !socketGone) return null;
  return connection.lastHeard_ms ?? connection.socketDownAt_ms ?? now_ms;
}

export function freshness(
  connection: Connection,
  devices: SeenDevice[],
  site: SiteState | undefined,
  now_ms: number,
): Freshness {
  const since_ms = unreachableSince_ms(connection, now_ms);
  return {
    browserOffline: !connection.browserOnline,
    unreachableSince_ms: since_ms,
    cutAt: since_ms === null ? cutAt(site) : null,
    notStoring: since_ms === null && (site?.health ?? []).some(({ code }) => code === "database_failing"),
    silentDevices: devices
      .filter((device) => ["silent", "offline"].includes(deviceStateNow(device, now_ms)))
      .map((device) => device.device_id),
  };
}

function cutAt(site: SiteState | undefined): Freshness["cutAt"] {
  if (site?.bridge === "absent") return "bridge";
  return site?.broker === "absent" ? "broker" : null;
}

/** The signals to show, the gravest first; `ok` alone when there is none. */
export function signals(state: Freshness): Signal[] {
  const raised: Signal[] = [];
  if (state.browserOffline) raised.push("browser");
  if (state.unreachableSince_ms !== null) raised.push("server");
  if (state.notStoring) raised.push("database");
  if (state.cutAt !== null) raised.push(state.cutAt);
  // Without server, bridge or broker nobody knows how the devices are: not hearing them says nothing about them.
  const canHear = state.unreachableSince_ms === null && state.cutAt === null;
  if (canHear && state.silentDevices.length > 0) raised.push("devices");
  return raised.length > 0 ? raised : ["ok"];
}
