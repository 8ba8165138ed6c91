import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aGuard, anEvent, aZone, KINDS, NOW } from "@/testing/samples";
import WalkTestPage from "./WalkTestPage";
import ZonePage from "./ZonePage";
import { ZonesPanel } from "./ZonesPanel";

const SITE = { version: "1", now: NOW, bridge: "connected", broker: "connected", sensor_kinds: KINDS };
const ZONES = [
  aZone("motion", { type: "delayed", modes: ["surveillance"], filters: { pulses: 2, pulses_within_s: 8 } }),
  aZone("button", { device_id: "raspberry-02", type: "always", open: true, must_close: true }),
];
let server: FakeServer;

beforeEach(() => {
  server = new FakeServer()
    .on("GET /api/site", () => ok(SITE))
    .on("GET /api/mode", () => ok({ mode: "active", known: true }))
    .on("GET /api/alarm", () => ok(aGuard({ zones: ZONES })))
    .on("GET /api/devices", () => ok({ devices: [] }))
    .install();
});

function cells(row: HTMLElement): (string | null)[] {
  return within(row)
    .getAllByRole("cell")
    .map(({ textContent }) => textContent);
}

test("the matrix says for each mode what a zone does, and how it is", async () => {
  await renderPage(<ZonesPanel />);
  const motion = await screen.findByTestId("zone-raspberry-01/motion");
  expect(cells(motion)).toEqual(["Does not guard", "Entry delay", "Does not guard"]);
  expect(motion).toHaveTextContent("2 within 8 s");
  const button = screen.getByTestId("zone-raspberry-02/button");
  expect(cells(button)).toEqual(["Always guards", "Always guards", "Always guards"]);
  expect(button).toHaveTextContent("Open");
  expect(button).toHaveTextContent("Guards once it has closed");
});

test("what is open is not told while the way to the Pis is cut", async () => {
  server.on("GET /api/site", () => ok({ ...SITE, bridge: "absent" }));
  await renderPage(<ZonesPanel />);
  const button = await screen.findByTestId("zone-raspberry-02/button");
  expect(await within(button).findByText("Not known now")).toBeVisible();
  expect(within(button).queryByText("Open")).toBeNull();
});

test("a filter is tried on the history, and its lines for the Pi follow the form", async () => {
  let asked: unknown;
  server.on("POST /api/alarm/replay", (body) => {
    asked = body;
    return ok({ with: { trips: 1, at: [NOW] }, without: { trips: 7, at: [NOW] }, detections: 7, truncated: false });
  });
  const page = (
    <Routes>
      <Route path="alerts/zones/:device/:sensor" element={<ZonePage />} />
    </Routes>
  );
  await renderPage(page, "/alerts/zones/raspberry-01/motion");
  const pulses = await screen.findByLabelText("Detections needed");
  await userEvent.clear(pulses);
  await userEvent.type(pulses, "3");
  expect(screen.getByTestId("snippet")).toHaveTextContent("pulses = 3");
  await userEvent.click(screen.getByTestId("replay-try"));
  expect(await screen.findByText("With this filter: 1 alarm, not 7.")).toBeVisible();
  expect(asked).toMatchObject({ device_id: "raspberry-01", sensor: "motion", modes: ["surveillance"] });
  await userEvent.click(screen.getByLabelText(/Always guards/));
  expect(screen.queryByText("With this filter: 1 alarm, not 7.")).toBeNull();
});

test("a walk test begins only while the site is disarmed, and warns of what would alarm all the same", async () => {
  server.on("GET /api/mode", () => ok({ mode: "night", known: true }));
  await renderPage(<WalkTestPage />, "/alerts/walk-test");
  expect(await screen.findByTestId("walk-always")).toHaveTextContent("button, entrance");
  expect(await screen.findByTestId("walk-mode")).toHaveTextContent("The mode is Night");
  expect(screen.getByTestId("walk-start")).toBeDisabled();
});

test("a walk test that was begun ticks what has arrived since, also after a reload", async () => {
  server.on("GET /api/events", () => ok({ events: [anEvent(6), anEvent(5)], next: null }));
  await renderPage(<WalkTestPage />, `/alerts/walk-test?after=5&since=${NOW}`);
  expect(await screen.findByText("1 of 2 zones have detected.")).toBeVisible();
  expect(screen.getByTestId("walk-raspberry-01/motion")).toHaveAttribute("data-seen", "true");
  expect(screen.getByTestId("walk-raspberry-02/button")).toHaveAttribute("data-seen", "false");
  await userEvent.click(screen.getByTestId("walk-end"));
  expect(screen.getByTestId("walk-summary")).toHaveTextContent("Those without a tick were not seen");
});
