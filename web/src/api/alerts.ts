// Alerts as people see them: one line per device and sensor, however often it fired. Pure.
import type { Alert } from "./types";

export interface AlertGroup {
  /** `device/sensor`, or `device/type` for a trouble. */
  key: string;
  device_id: string;
  sensor: string;
  location: string;
  type: string;
  /** Newest first. */
  alerts: Alert[];
  open: Alert[];
  latest: Alert;
}

/** Alerts that are no detection: they bear no event of the history. */
const TROUBLES = ["event_conflict", "device_silent", "bridge_silent", "pin_failed", "duress"] as const;

/** Which trouble it is; undefined for a detection. */
export function troubleOf(alert: Pick<Alert, "type">): (typeof TROUBLES)[number] | undefined {
  return TROUBLES.find((type) => type === alert.type);
}

export function isTrouble(alert: Pick<Alert, "type">): boolean {
  return troubleOf(alert) !== undefined;
}

/** Somebody may be looking over the shoulder of whoever gave a duress PIN: nothing but the page of the alerts shows it. */
export function isSilent(alert: Pick<Alert, "type" | "silent">): boolean {
  return alert.silent === true || alert.type === "duress";
}

export function loud(alerts: Alert[]): Alert[] {
  return alerts.filter((alert) => !isSilent(alert));
}

export function groupKey(alert: Pick<Alert, "device_id" | "sensor" | "type">): string {
  return `${alert.device_id}/${isTrouble(alert) ? alert.type : alert.sensor}`;
}

/** Groups with an open alert first, then by their newest alert. */
export function groupAlerts(alerts: Alert[]): AlertGroup[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = groupKey(alert);
    groups.set(key, [...(groups.get(key) ?? []), alert]);
  }
  return [...groups]
    .map(([key, members]) => toGroup(key, members))
    .sort((a, b) => Number(b.open.length > 0) - Number(a.open.length > 0) || b.latest.id - a.latest.id);
}

function toGroup(key: string, members: Alert[]): AlertGroup {
  const alerts = [...members].sort((a, b) => b.id - a.id);
  const latest = alerts[0] as Alert;
  return {
    key,
    device_id: latest.device_id,
    sensor: latest.sensor,
    location: latest.location ?? "",
    type: latest.type,
    alerts,
    open: alerts.filter(isOpen),
    latest,
  };
}

export function isOpen(alert: Alert): boolean {
  return alert.state === "open";
}

/** Both lists as one, each alert once, newest first. Where an id is in both, `incoming` wins. */
export function mergeAlerts(known: Alert[], incoming: Alert[]): Alert[] {
  const byId = new Map(known.map((alert) => [alert.id, alert]));
  for (const alert of incoming) byId.set(alert.id, alert);
  return [...byId.values()].sort((a, b) => b.id - a.id);
}
