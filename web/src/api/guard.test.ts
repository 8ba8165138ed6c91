import { describe, expect, test } from "vitest";
import { aGuard, aZone, NOW_MS } from "@/testing/samples";
import { type Known, type SeenGuard, truthOf } from "./guard";

function known(given: Partial<Known> = {}): Known {
  const guard = "guard" in given ? given.guard : aGuard();
  return {
    guard,
    chosen: guard?.mode ?? null,
    refused: false,
    reachable: true,
    cutAt: null,
    silent: [],
    now_ms: NOW_MS,
    serverNow_ms: NOW_MS,
    ...given,
  };
}

const armed = aGuard({ state: "armed", mode: "surveillance" });

describe.each([
  ["disarmed", aGuard()],
  ["armed", armed],
  ["arming", aGuard({ state: "arming", mode: "night" })],
])("a site that was told to be %s", (state, guard) => {
  test("is shown so while all is well", () => {
    expect(truthOf(known({ guard })).state).toBe(state);
  });

  test.each<[string, Partial<Known>]>([
    ["server", { reachable: false }],
    ["bridge", { cutAt: "bridge" }],
    ["broker", { cutAt: "broker" }],
    ["refused", { refused: true }],
    ["old", { now_ms: NOW_MS + 21_000 }],
    ["silent", { silent: ["raspberry-01"] }],
    ["silent", { guard: { ...guard, devices: [{ device_id: "raspberry-02", state: "armed", online: false }] } }],
    ["told", { guard: { ...guard, unknown: [{ code: "new_code", detail: "Something new." }] } }],
    ["bridge", { guard: { ...guard, unknown: [{ code: "bridge_absent", detail: "" }] } }],
    ["broker", { guard: { ...guard, unknown: [{ code: "broker_absent", detail: "" }] } }],
    ["silent", { guard: { ...guard, unknown: [{ code: "offline", detail: "" }] } }],
    ["no_agent", { guard: { ...guard, unknown: [{ code: "no_agent", detail: "" }] } }],
    ["mode_unknown", { guard: { ...guard, unknown: [{ code: "mode_unknown", detail: "" }] } }],
    ["lame", { guard: { ...guard, unknown: [{ code: "agent_lame", detail: "" }] } }],
    ["alarm_unknown", { guard: { ...guard, unknown: [{ code: "alarm_unknown", detail: "" }] } }],
    ["settling", { guard: { ...guard, unknown: [{ code: "mode_differs", detail: "" }] } }],
    ["blind", { guard: { ...guard, watching: false } }],
    ["blind", { guard: { ...guard, state: "unknown" } }],
    ["blind", { guard: { ...guard, state: "asleep" as "unknown" } }],
    ["settling", { guard: { ...guard, mode: guard.mode === "active" ? "night" : "active" } }],
    ["settling", { guard: { ...guard, mode: null } }],
    ["settling", { chosen: guard.mode === "surveillance" ? "night" : "surveillance" }],
    ["settling", { chosen: null }],
  ])("is not known for want of: %s", (doubt, given) => {
    expect(truthOf(known({ guard, ...given }))).toMatchObject({ state: "unknown", doubt, countdown: null });
  });
});

test.each<[string, Partial<Known>]>([
  ["waiting", { guard: undefined }],
  ["refused", { guard: undefined, refused: true }],
  ["server", { guard: undefined, reachable: false }],
])("before the first answer nothing is known: %s", (doubt, given) => {
  expect(truthOf(known(given))).toMatchObject({ state: "unknown", doubt });
});

test("a silent device is named", () => {
  expect(truthOf(known({ silent: ["raspberry-01"] })).about).toBe("raspberry-01");
  expect(truthOf(known({ silent: ["another-makers"] })).state).toBe("disarmed");
});

test("the server's reason is kept", () => {
  const unknown = [{ code: "new_code", detail: "Nobody has told the mode." }];
  expect(truthOf(known({ guard: aGuard({ unknown }) })).about).toBe("Nobody has told the mode.");
});

const triggered = aGuard({
  state: "triggered",
  mode: "surveillance",
  watching: false,
  devices: [
    { device_id: "raspberry-01", state: "triggered", online: true, zone: "motion" },
    { device_id: "raspberry-02", state: "armed", online: false },
  ],
  zones: [aZone("motion")],
  unknown: [{ code: "offline", detail: "raspberry-02 is offline" }],
});

test("an alarm is not hidden by a device's silence, not even by that of its own", () => {
  expect(truthOf(known({ guard: triggered }))).toMatchObject({ state: "triggered", cause: { sensor: "motion" } });
  expect(truthOf(known({ guard: triggered, silent: ["raspberry-01"] })).state).toBe("triggered");
});

test("an alarm that was told before the way was cut is not known to go on", () => {
  expect(truthOf(known({ guard: triggered, cutAt: "broker" })).state).toBe("unknown");
  expect(truthOf(known({ guard: triggered, reachable: false })).state).toBe("unknown");
});

function pendingFor(given: Partial<SeenGuard>) {
  const state = "pending" as const;
  const devices = [{ device_id: "raspberry-01", state, online: true }];
  return aGuard({ state, mode: "surveillance", devices, ...given });
}

test("a countdown goes from when it was told, by the server's clock", () => {
  const delays = new Map([["raspberry-01", { arming: 60, pending: 30 }]]);
  const later = { now_ms: NOW_MS + 2000, serverNow_ms: NOW_MS + 9000 };
  const truth = truthOf(known({ guard: pendingFor({ remaining_s: 12 }), delays, ...later }));
  expect(truth.countdown).toEqual({ ends_ms: NOW_MS + 7000 + 12_000, total_s: 30 });
});

test("where nobody says how long is left, the Pi's own time does", () => {
  const until = new Date(NOW_MS + 25_000).toISOString();
  expect(truthOf(known({ guard: pendingFor({ until }) })).countdown).toEqual({
    ends_ms: NOW_MS + 25_000,
    total_s: null,
  });
  expect(truthOf(known({ guard: pendingFor({}) })).countdown).toBeNull();
});

test("a delay that is long over is not known to run on", () => {
  const guard = pendingFor({ remaining_s: 1 });
  expect(truthOf(known({ guard, now_ms: NOW_MS + 4000, serverNow_ms: NOW_MS + 4000 })).state).toBe("pending");
  expect(truthOf(known({ guard, now_ms: NOW_MS + 7000, serverNow_ms: NOW_MS + 7000 })).doubt).toBe("overdue");
});
