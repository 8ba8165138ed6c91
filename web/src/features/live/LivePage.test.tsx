import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { beforeEach, describe, expect, test } from "vitest";
import type { SeenDevice } from "@/api/freshness";
import { keys } from "@/api/queries";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aDevice, aRecording } from "@/testing/samples";
import LivePage from "./LivePage";

const SERVO = { angle_deg: -15, target_deg: -15, moving: false, min_angle_deg: -90, max_angle_deg: 90, step_deg: 15 };
const SITE = {
  version: "1",
  now: new Date().toISOString(),
  bridge: "connected",
  broker: "connected",
  sensor_kinds: [],
};

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer().on("GET /api/site", () => ok(SITE)).install();
});

function camera(device_id: string, given: Partial<SeenDevice> = {}): SeenDevice {
  return aDevice(device_id, { capabilities: ["motion", "servo"], states: { servo: SERVO }, ...given });
}

function show(devices: SeenDevice[], address = "/live") {
  server.on("GET /api/devices", () => ok({ devices }));
  return renderPage(
    <Routes>
      <Route path="/live" element={<LivePage />} />
      <Route path="/live/:device" element={<LivePage />} />
    </Routes>,
    address,
  );
}

describe("the live page", () => {
  test("opens the first camera that is heard, with the Pi's own angle", async () => {
    await show([camera("raspberry-01", { state: "offline" }), camera("raspberry-02")]);
    const angle = await screen.findByTestId("servo-angle");
    expect(angle).toHaveAttribute("data-angle", "-15");
    expect(angle).toHaveTextContent("15° left");
    expect(screen.getByTestId("live-device-raspberry-02")).toHaveAttribute("aria-current", "page");
  });

  test('says "motion only" when no device has a camera or a servo', async () => {
    await show([aDevice("raspberry-01", { capabilities: ["motion"] })]);
    expect(await screen.findByText("No camera: motion only")).toBeVisible();
  });

  test("says so when the address names no camera", async () => {
    await show([camera("raspberry-01")], "/live/attic");
    expect(await screen.findByText("No camera called attic")).toBeVisible();
  });

  test("shows the asked angle only until the Pi's own state answers", async () => {
    server.on("POST /api/cameras/raspberry-01/servo", () => ok({ status: "done", command_id: "c1", angle_deg: 45 }));
    const { client } = await show([camera("raspberry-01")]);
    const slider = await screen.findByTestId<HTMLInputElement>("servo-slider");
    fireEvent.input(slider, { target: { value: "45" } });
    act(() => void slider.dispatchEvent(new Event("change", { bubbles: true })));
    await waitFor(() => expect(screen.getByTestId("command-status")).toHaveAttribute("data-status", "done"));
    expect(slider).toHaveAttribute("data-asked", "45");
    expect(screen.getByTestId("servo-angle")).toHaveAttribute("data-angle", "-15");

    const turning = { ...SERVO, angle_deg: -3, target_deg: 45, moving: true };
    act(
      () =>
        void client.setQueryData(keys.devices, [
          camera("raspberry-01", { states: { servo: turning }, seenAt_ms: Date.now() }),
        ]),
    );
    await waitFor(() => expect(slider).not.toHaveAttribute("data-asked"));
    expect(slider.value).toBe("45");
    expect(screen.getByTestId("servo-angle")).toHaveAttribute("data-angle", "-3");
    expect(screen.getByTestId("servo-moving")).toHaveTextContent("turning to 45° right");
  });

  test("greys the angle of a device that is not heard, and turns its controls off", async () => {
    await show([camera("raspberry-01", { state: "silent" })]);
    expect(await screen.findByText("last known angle")).toBeVisible();
    expect(screen.getByTestId("controls-blocked")).toHaveAttribute("data-reason", "silent");
    expect(screen.getByTestId("servo-left")).toBeDisabled();
  });

  test("has record and still for a device with a camera only", async () => {
    await show([camera("raspberry-01"), camera("raspberry-02", { capabilities: ["servo", "camera"] })]);
    await screen.findByTestId("servo-pad");
    expect(screen.queryByTestId("camera-controls")).toBeNull();
    await userEvent.click(screen.getByTestId("live-device-raspberry-02"));
    expect(await screen.findByTestId("camera-controls")).toBeVisible();
  });
});

describe("the picture", () => {
  const withCamera = (state: Record<string, unknown>, given: Partial<SeenDevice> = {}) =>
    camera("raspberry-01", { capabilities: ["servo", "camera"], states: { servo: SERVO, camera: state }, ...given });

  beforeEach(() => {
    URL.createObjectURL = () => "blob:picture";
    URL.revokeObjectURL = () => undefined;
    server.on("GET /api/recordings/clip-0001", () => ok(aRecording("clip-0001", { state: "recording" })));
  });

  test("of a parked lens is not asked for: the last still and the reason are there instead", async () => {
    await show([withCamera({ state: "ok", private: true })]);
    expect(await screen.findByTestId("no-live")).toHaveAttribute("data-reason", "private");
    expect(screen.getByTestId("camera-private")).toHaveTextContent("nobody can look");
    expect(screen.getByTestId("record-start")).toBeDisabled();
    await waitFor(() => expect(server.asked).toContain("GET /api/cameras/raspberry-01/snapshot.jpg"));
    expect(server.asked).not.toContain("GET /api/cameras/raspberry-01/live");
  });

  test("of a camera that has failed says so, with the fault in words", async () => {
    await show([withCamera({ state: "failed", fault: "camera:no_pictures" })]);
    expect(await screen.findByTestId("no-live")).toHaveTextContent("The camera gives no pictures");
  });

  test("is asked for where nothing is in the way, and refused in the server's own words", async () => {
    server.on("GET /api/cameras/raspberry-01/live", () => problem(503, "no picture has come from raspberry-01"));
    await show([withCamera({ state: "ok" })]);
    expect(await screen.findByText("no picture has come from raspberry-01")).toBeVisible();
    expect(screen.getByTestId("live-picture")).toHaveAttribute("data-look", "waiting");
  });

  test("has a stop in the place of record while a clip is recorded", async () => {
    const bodies: unknown[] = [];
    server.on("POST /api/cameras/raspberry-01/record", (body) => {
      bodies.push(body);
      return ok({ status: "done", command_id: "c1" });
    });
    await show([withCamera({ state: "ok", recording: "clip-0001" })]);
    expect(await screen.findByTestId("recording-chip")).toBeVisible();
    await userEvent.click(screen.getByTestId("record-stop"));
    await waitFor(() => expect(bodies).toEqual([{ action: "stop" }]));
  });

  test("that shows the wrong thing is said with its preset, and accepted where the lens rests there", async () => {
    const CAMERA = { state: "ok", fault: "camera:moved:door" };
    const bodies: unknown[] = [];
    server.on("POST /api/cameras/raspberry-01/snapshot", (body) => {
      bodies.push(body);
      return ok({ status: "done", command_id: "c1" });
    });
    const servo = { ...SERVO, presets: { door: -60, sofa: -15 } };
    const health = [{ code: "fault", detail: "camera:moved:door" }];
    const moved = (angle_deg: number) =>
      withCamera(CAMERA, { health, states: { servo: { ...servo, angle_deg, target_deg: angle_deg }, camera: CAMERA } });
    const { client } = await show([moved(-15)]);
    const button = await screen.findByTestId("view-right");
    expect(button).toBeDisabled();
    expect(screen.getByTestId("view-moved")).toHaveTextContent("Turn the camera to “door” first");
    expect(screen.getByTestId("no-live")).toHaveTextContent("At “door” the camera no longer sees what it saw");
    act(() => void client.setQueryData(keys.devices, [{ ...moved(-60), seenAt_ms: Date.now() }]));
    await waitFor(() => expect(button).toBeEnabled());
    expect(button).toHaveAccessibleDescription(/At “door” the camera no longer sees what it saw/);
    await userEvent.click(button);
    await waitFor(() => expect(bodies).toEqual([{ reference: true }]));
    act(() => void client.setQueryData(keys.devices, [{ ...moved(-60), health: [], seenAt_ms: Date.now() }]));
    await waitFor(() => expect(screen.queryByTestId("view-right")).toBeNull());
    expect(screen.getByTestId("view-status")).toHaveAttribute("data-status", "done");
  });

  test("of a device with neither camera nor servo is motion only", async () => {
    await show([camera("raspberry-01"), aDevice("shed", { capabilities: ["motion"] })], "/live/shed");
    expect(await screen.findByText("shed has neither camera nor servo.")).toBeVisible();
  });
});

describe("the siren", () => {
  const withSiren = (state: Record<string, unknown>) =>
    camera("raspberry-01", { capabilities: ["servo", "siren"], states: { servo: SERVO, siren: state } });

  test("sounds only after a second step, whose harmless answer has the focus", async () => {
    const bodies: unknown[] = [];
    server.on("POST /api/cameras/raspberry-01/siren", (body) => {
      bodies.push(body);
      return ok({ status: "done", command_id: "c1" });
    });
    await show([withSiren({ state: "off", remaining_s: 0 })]);
    await userEvent.click(await screen.findByTestId("siren-on"));
    expect(screen.getByTestId("siren-confirm-no")).toHaveFocus();
    expect(bodies).toEqual([]);
    await userEvent.click(screen.getByTestId("siren-confirm-yes"));
    await waitFor(() => expect(screen.getByTestId("siren-status")).toHaveAttribute("data-status", "done"));
    expect(bodies).toEqual([{ action: "on", duration_s: 60 }]);
  });

  test("tells how long it goes on, and is silenced in one step", async () => {
    const bodies: unknown[] = [];
    server.on("POST /api/cameras/raspberry-01/siren", (body) => {
      bodies.push(body);
      return ok({ status: "done", command_id: "c1" });
    });
    await show([withSiren({ state: "on", remaining_s: 41.2 })]);
    expect(await screen.findByText("Sounding, 42 s left")).toBeVisible();
    await userEvent.click(screen.getByTestId("siren-off"));
    await waitFor(() => expect(bodies).toEqual([{ action: "off" }]));
  });
});
