// Alerts as people see them: one line per device and sensor, however often it fired. Pure.
import type { Alert } from "./types";

export interface AlertGroup {
  /** `device/sensor` */
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

export function groupKey(alert: Pick<Alert, "device_id" | "sensor">): string {
  return `${alert.device_id}/${alert.sensor}`;
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

/** The list with this alert in it once, newest first. */
export function upsertAlert(alerts: Alert[], alert: Alert): Alert[] {
  return [alert, ...alerts.filter((other) => other.id !== alert.id)].sort((a, b) => b.id - a.id);
}
