import { expect, test } from "vitest";
import type { SeenDevice } from "./freshness";
import { HeartbeatLog } from "./heartbeats";
import type { DeviceState } from "./types";

const T0 = Date.parse("2026-11-23T12:00:00Z");

function device(beat: number | null, at_s = 0, state: DeviceState = "online", boot_id = "a"): SeenDevice {
  const ledger = { device_id: "raspberry-01", stored: 0, through_seq: 0 };
  const told: SeenDevice = { device_id: "raspberry-01", state, ledger, seenAt_ms: T0 };
  if (beat === null) return told;
  const heartbeat = { boot_id, beat, stream_id: "s", last_seq: 0 };
  return { ...told, heartbeat, heartbeat_at: new Date(T0 + at_s * 1000).toISOString() };
}

function beatsOf(log: HeartbeatLog): number[] | undefined {
  return log
    .get()
    .histories.get("raspberry-01")
    ?.beats.map(({ beat }) => beat);
}

test("each heartbeat is kept once, however often the device is told", () => {
  const log = new HeartbeatLog();
  for (const [beat, at_s] of [
    [1, 0],
    [1, 0],
    [2, 10],
    [2, 10],
  ] as const) {
    log.take([device(beat, at_s)], T0 + at_s * 1000);
  }
  expect(beatsOf(log)).toEqual([1, 2]);
});

test("an older answer that arrives after a newer emit changes nothing", () => {
  const log = new HeartbeatLog();
  log.take([device(2, 10)], T0);
  log.take([device(1, 0)], T0);
  expect(beatsOf(log)).toEqual([2]);
});

test("a restart counts its beats from anew", () => {
  const log = new HeartbeatLog();
  log.take([device(900, 0)], T0);
  log.take([device(1, 20, "online", "b")], T0);
  expect(beatsOf(log)).toEqual([900, 1]);
});

test("going offline is remembered when it was seen, and forgotten when it is over", () => {
  const log = new HeartbeatLog();
  const offlineAt = () => log.get().histories.get("raspberry-01")?.offlineAt_ms;
  log.take([device(1, 0, "offline")], T0);
  expect(offlineAt()).toBeNull();
  log.take([device(2, 10)], T0 + 10_000);
  log.take([device(2, 10, "offline")], T0 + 40_000);
  log.take([device(2, 10, "offline")], T0 + 50_000);
  expect(offlineAt()).toBe(T0 + 40_000);
  log.take([device(3, 60)], T0 + 60_000);
  expect(offlineAt()).toBeNull();
});

test("times without a connection are kept as such", () => {
  const log = new HeartbeatLog();
  log.hears(true, T0);
  log.hears(false, T0 + 1000);
  log.hears(false, T0 + 2000);
  expect(log.get().deaf).toEqual([{ from_ms: T0 + 1000, to_ms: null }]);
  log.hears(true, T0 + 3000);
  expect(log.get().deaf).toEqual([{ from_ms: T0 + 1000, to_ms: T0 + 3000 }]);
});

test("a device without heartbeats has an empty history", () => {
  const log = new HeartbeatLog();
  log.take([device(null, 0, "unknown")], T0);
  expect(beatsOf(log)).toEqual([]);
});
