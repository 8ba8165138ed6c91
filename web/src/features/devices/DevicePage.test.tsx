import { screen, within } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { beforeEach, describe, expect, test } from "vitest";
import type { SeenDevice } from "@/api/freshness";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aDevice, anEvent, KINDS } from "@/testing/samples";
import DevicePage from "./DevicePage";
import DevicesPage from "./DevicesPage";

const SITE = {
  version: "1",
  now: new Date().toISOString(),
  bridge: "connected",
  broker: "connected",
  sensor_kinds: KINDS,
};
const LEDGER = { device_id: "raspberry-01", accepted: 4711, stored: 4711, through_seq: 4711, missing: 0 };

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer().on("GET /api/site", () => ok(SITE)).install();
});

function aPi(given: Partial<SeenDevice> = {}): SeenDevice {
  return aDevice("raspberry-01", {
    status: { state: "online", boot_id: "boot-1234567", version: "0.1.0", capabilities: ["motion"] },
    heartbeat: {
      boot_id: "boot-1234567",
      beat: 7,
      stream_id: "s1",
      last_seq: 4711,
      temp_c: 48.2,
      disk_free_bytes: 21e9,
    },
    heartbeat_at: new Date().toISOString(),
    capabilities: ["motion"],
    states: { motion: { state: "detected", active: true, kind: "motion", location: "entrance" } },
    ledger: LEDGER,
    last_event: anEvent(1),
    ...given,
  });
}

function show(devices: SeenDevice[], address: string) {
  server.on("GET /api/devices", () => ok({ devices }));
  return renderPage(
    <Routes>
      <Route path="/devices" element={<DevicesPage />} />
      <Route path="/devices/:device" element={<DevicePage />} />
    </Routes>,
    address,
  );
}

describe("the list of devices", () => {
  test("has a row for each, with its state as a word, its levels and its ledger", async () => {
    await show([aPi()], "/devices");
    const row = await screen.findByTestId("device-row-raspberry-01");
    expect(row).toHaveAttribute("data-state", "online");
    expect(row).toHaveTextContent("Online");
    expect(row).toHaveTextContent("MovementActive");
    expect(within(row).getByTestId("ledger-raspberry-01")).toHaveTextContent("All 4,711 events are stored");
  });

  test("shows a third party's sensor as such, not as broken", async () => {
    await show([aDevice("shed", { state: "unknown", heartbeat_age_s: null })], "/devices");
    const row = await screen.findByTestId("device-row-shed");
    expect(row).toHaveTextContent("Another maker’s sensor");
    expect(within(row).queryByTestId("heartbeat-bar")).toBeNull();
    expect(within(row).getByTestId("ledger-shed")).toHaveAttribute("data-verdict", "third_party");
  });

  test("that is empty says how to add one", async () => {
    await show([], "/devices");
    const help = await screen.findByTestId("add-device");
    for (const words of ["MQTT_BROKER", "DEVICE_ID", "sensor-publisher", "make up"])
      expect(help).toHaveTextContent(words);
  });
});

describe("the page of a device", () => {
  test("shows health, sensors, ledger and the raw status", async () => {
    await show([aPi()], "/devices/raspberry-01");
    expect(await screen.findByText("48.2 °C")).toBeVisible();
    expect(screen.getByText("21 GB")).toBeVisible();
    expect(screen.getByTestId("sensor-motion")).toHaveTextContent("entrance");
    expect(screen.getByTestId("ledger-accepted")).toHaveTextContent("4,711");
    expect(screen.getByTestId("device-raw")).toHaveTextContent('"beat": 7');
    expect(screen.getByTestId("device-raw")).not.toHaveTextContent("seenAt_ms");
    expect(screen.getByText("Nothing wrong.")).toBeVisible();
  });

  test("says what is being done about missing events", async () => {
    const health = [{ code: "missing_events", detail: "3 events of its log have not arrived" }];
    await show([aPi({ ledger: { ...LEDGER, stored: 4708, missing: 3 }, health })], "/devices/raspberry-01");
    const ledger = await screen.findByTestId("ledger-raspberry-01");
    expect(ledger).toHaveAttribute("data-verdict", "coming_back");
    expect(ledger).toHaveTextContent("3 events are on their way again from the Pi’s own log");
    expect(screen.getByTestId("trouble")).toHaveTextContent("it sends again by itself");
  });

  test("of a device that is offline says since when and what to try, and greys what was known", async () => {
    await show([aPi({ state: "offline" })], "/devices/raspberry-01");
    const away = await screen.findByTestId("device-away");
    expect(away).toHaveTextContent("Last heartbeat");
    expect(away).toHaveTextContent("sudo systemctl status sensor-publisher");
    expect(screen.getAllByText(/^as of/)).not.toHaveLength(0);
    expect(screen.queryByText("Nothing wrong.")).toBeNull();
    expect(screen.getByTestId("ledger-raspberry-01")).toHaveAttribute("data-verdict", "complete_then");
  });

  test("calls a fault by what it means for the owner, and tells it once", async () => {
    const health = [
      { code: "fault", detail: "stuck:motion" },
      { code: "fault", detail: "stuck:motion" },
      { code: "fault", detail: "task:publish" },
    ];
    await show([aPi({ health })], "/devices/raspberry-01");
    expect(await screen.findByText("Movement: active for far too long")).toBeVisible();
    expect(screen.getByText(/failed and was started again: publish/)).toBeVisible();
    expect(screen.getAllByTestId("trouble")).toHaveLength(2);
  });

  test("keeps the server's words for a trouble that it does not know", async () => {
    await show([aPi({ health: [{ code: "new_kind", detail: "the flux is low" }] })], "/devices/raspberry-01");
    expect(await screen.findByTestId("trouble")).toHaveTextContent("the flux is low");
  });

  test("tells of its camera, its card and what waits to be sent", async () => {
    const card = { clips: 3, used_bytes: 1e9, max_bytes: 4e9, waiting: 2, free_bytes: 2e10, days_left: 9.7 };
    const camera = {
      state: "ok",
      source: "picamera2",
      encoder: "h264_v4l2m2m",
      width: 1280,
      height: 720,
      fps: 15,
      card,
    };
    await show([aPi({ states: { camera, servo: {} } })], "/devices/raspberry-01");
    const panel = await screen.findByTestId("camera-panel");
    for (const words of ["Pictures come", "picamera2", "h264_v4l2m2m", "1280 × 720", "15 pictures a second"])
      expect(panel).toHaveTextContent(words);
    expect(screen.getByTestId("card-left")).toHaveTextContent("about 9 days");
    expect(screen.getByTestId("card-waiting")).toHaveTextContent("2");
    expect(screen.getByTestId("to-calibration")).toHaveAttribute("href", "/devices/raspberry-01/servo");
  });

  test("says so when there is no such device", async () => {
    await show([aPi()], "/devices/attic");
    expect(await screen.findByText("No such device")).toBeVisible();
  });
});
