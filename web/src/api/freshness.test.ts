import { expect, test } from "vitest";
import { aDevice, NOW_MS } from "@/testing/samples";
import type { Connection } from "./connection";
import { deviceStateNow, freshness, SOCKET_GRACE_MS, signals, unreachableSince_ms } from "./freshness";

const LINKED = { bridge: "connected", broker: "connected" };

const WELL: Connection = {
  browserOnline: true,
  socket: "up",
  socketDownAt_ms: null,
  requests: "answered",
  lastHeard_ms: NOW_MS,
  clockOffset_ms: 0,
};

function raised(connection: Partial<Connection>, devices = [aDevice("raspberry-01")], now_ms = NOW_MS) {
  return signals(freshness({ ...WELL, ...connection }, devices, LINKED, now_ms));
}

test("all is well while the socket is up, requests are answered and devices are heard", () => {
  expect(raised({})).toEqual(["ok"]);
});

test("the three signals are different signals", () => {
  expect(raised({ browserOnline: false })).toEqual(["browser"]);
  expect(raised({ requests: "failing" })).toEqual(["server"]);
  expect(raised({}, [aDevice("raspberry-01", { state: "silent" })])).toEqual(["devices"]);
});

test("a bridge or broker that is away is told, and devices are not blamed for it", () => {
  const devices = [aDevice("raspberry-01", { state: "silent" })];
  expect(signals(freshness(WELL, devices, { bridge: "absent", broker: "unknown" }, NOW_MS))).toEqual(["bridge"]);
  expect(signals(freshness(WELL, devices, { bridge: "connected", broker: "absent" }, NOW_MS))).toEqual(["broker"]);
});

test("a socket that blinks is no outage, one that stays down is", () => {
  const down = { socket: "down", socketDownAt_ms: NOW_MS } as const;
  expect(raised(down, [], NOW_MS + SOCKET_GRACE_MS - 1)).toEqual(["ok"]);
  expect(raised(down, [], NOW_MS + SOCKET_GRACE_MS)).toEqual(["server"]);
});

test("an outage counts from when the server was last heard", () => {
  const connection: Connection = { ...WELL, requests: "failing", lastHeard_ms: NOW_MS - 90_000 };
  expect(unreachableSince_ms(connection, NOW_MS)).toBe(NOW_MS - 90_000);
});

test("a server that was never heard is unreachable as soon as the socket fails", () => {
  const connection: Connection = { ...WELL, socket: "down", socketDownAt_ms: NOW_MS, lastHeard_ms: null };
  expect(unreachableSince_ms(connection, NOW_MS)).toBe(NOW_MS);
});

test("nothing is said about devices while nobody can ask how they are", () => {
  expect(raised({ requests: "failing" }, [aDevice("raspberry-01", { state: "silent" })])).toEqual(["server"]);
});

test("an online device turns silent by itself when no heartbeat comes", () => {
  const device = aDevice("raspberry-01", { heartbeat_age_s: 4 });
  expect(deviceStateNow(device, NOW_MS + 26_000)).toBe("online");
  expect(deviceStateNow(device, NOW_MS + 26_001)).toBe("silent");
});

test("an offline device stays offline and counts among the silent", () => {
  const device = aDevice("raspberry-01", { state: "offline" });
  expect(deviceStateNow(device, NOW_MS)).toBe("offline");
  expect(freshness(WELL, [device], LINKED, NOW_MS).silentDevices).toEqual(["raspberry-01"]);
});

test("a server that answers but cannot store says so; one that does not answer says only that", () => {
  const site = { ...LINKED, health: [{ code: "database_failing", detail: "disk full" }] };
  expect(signals(freshness(WELL, [], site, NOW_MS))).toEqual(["database"]);
  const gone = { ...WELL, requests: "failing" as const };
  expect(signals(freshness(gone, [], site, NOW_MS))).toEqual(["server"]);
});
