import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aDevice } from "@/testing/samples";
import CalibrationPage from "./CalibrationPage";

const SERVO = { angle_deg: 40, target_deg: 40, min_angle_deg: -90, max_angle_deg: 90, presets: { door: -60 } };
const SITE = {
  version: "1",
  now: new Date().toISOString(),
  bridge: "connected",
  broker: "connected",
  sensor_kinds: [],
};

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer()
    .on("GET /api/site", () => ok(SITE))
    .on("GET /api/devices", () =>
      ok({ devices: [aDevice("raspberry-01", { states: { servo: SERVO }, seenAt_ms: Date.now() })] }),
    )
    .install();
});

function show(device: string) {
  return renderPage(
    <Routes>
      <Route path="/devices/:device/servo" element={<CalibrationPage />} />
    </Routes>,
    `/devices/${device}/servo`,
  );
}

test("turns the servo by the usual command, and ends with lines to copy, not with a change on the Pi", async () => {
  const bodies: unknown[] = [];
  server.on("POST /api/cameras/raspberry-01/servo", (body) => {
    bodies.push(body);
    return ok({ status: "done", command_id: "c1", angle_deg: 41 });
  });
  await show("raspberry-01");
  await userEvent.click(await screen.findByTestId("turn-1"));
  await waitFor(() => expect(bodies).toEqual([{ angle_deg: 41 }]));

  await userEvent.click(screen.getByTestId("calibration-next"));
  await userEvent.click(screen.getByTestId("take-right"));
  await userEvent.click(screen.getByTestId("calibration-next"));
  await userEvent.type(screen.getByLabelText("Name"), "sofa");
  await userEvent.click(screen.getByTestId("preset-take"));
  await userEvent.click(screen.getByTestId("calibration-next"));
  expect(screen.getByText(/There is no remote configuration/)).toBeVisible();
  expect(screen.getAllByTestId("snippet")[0]?.textContent).toBe(
    "[servo]\nmax_angle_deg = 40\npresets = { door = -60, sofa = 40 }\n",
  );
  expect(server.asked.filter((asked) => !asked.startsWith("GET"))).toEqual(["POST /api/cameras/raspberry-01/servo"]);
});

test("refuses a name that the Pi would refuse", async () => {
  await show("raspberry-01");
  await userEvent.click(await screen.findByTestId("calibration-next"));
  await userEvent.click(screen.getByTestId("calibration-next"));
  await userEvent.type(screen.getByLabelText("Name"), "The Door");
  expect(screen.getByTestId("preset-take")).toBeDisabled();
  expect(screen.getByLabelText("Name")).toBeInvalid();
});

test("says so when the device has no servo", async () => {
  await show("attic");
  expect(await screen.findByText("This device has no servo")).toBeVisible();
});
