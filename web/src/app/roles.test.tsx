// What a role may not do is off, with the reason, and is not asked for.
import { screen, waitFor } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { groupAlerts } from "@/api/alerts";
import AlertsPage from "@/features/alerts/AlertsPage";
import LivePage from "@/features/live/LivePage";
import { ClipActions } from "@/features/recordings/ClipActions";
import SystemPage from "@/features/system/SystemPage";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage, signedIn } from "@/testing/renderPage";
import { aDevice, aGuard, anAlert, aRecording, KINDS, NOW } from "@/testing/samples";
import { ModeHero } from "@/ui/mode/ModeHero";
import { AlertBanner } from "./AlertBanner";

const VIEWER = signedIn("vera", "viewer");
const OPERATOR = signedIn("oscar", "operator");
const ADMIN = signedIn("ann", "admin");
const CLIP = aRecording("clip", { cause: { kind: "alarm", event_id: "event-1" } });
const REASON = /Your role, Viewer, is to look on/;
let server: FakeServer;

beforeEach(() => {
  const site = { version: "1", now: NOW, bridge: "connected", broker: "connected", health: [], sensor_kinds: KINDS };
  const servo = { angle_deg: 0, target_deg: 0, min_angle_deg: -90, max_angle_deg: 90, step_deg: 15, presets: [] };
  const device = aDevice("raspberry-01", {
    capabilities: ["servo", "siren", "camera"],
    states: { servo, siren: { state: "off" }, camera: { state: "ok" } } as never,
  });
  server = new FakeServer()
    .on("GET /api/site", () => ok({ ...site, now: new Date().toISOString() }))
    .on("GET /api/devices", () => ok({ devices: [device] }))
    .on("GET /api/mode", () => ok({ mode: "active", known: true }))
    .on("GET /api/alarm", () => ok(aGuard()))
    .on("GET /api/alerts", () => ok({ alerts: [anAlert(1)] }))
    .on("GET /api/people", () => ok({ people: [{ name: "ann", created_at: NOW }] }))
    .on("GET /api/audit", () => ok({ entries: [] }))
    .on("GET /api/quarantine", () => ok({ items: [] }))
    .install();
});

test("a viewer cannot change the mode", async () => {
  await renderPage(<ModeHero />, "/", VIEWER);
  expect(await screen.findByTestId("mode-option-surveillance")).toBeDisabled();
  expect(screen.getByText(REASON)).toBeVisible();
  expect(server.asked.some((asked) => asked.includes("/api/people"))).toBe(false);
});

test("an operator can", async () => {
  await renderPage(<ModeHero />, "/", OPERATOR);
  await waitFor(() => expect(screen.getByTestId("mode-option-surveillance")).toBeEnabled());
  expect(screen.queryByTestId("may-not")).toBeNull();
});

test("a viewer cannot turn, sound, record or take a still, but looks", async () => {
  await renderPage(
    <Routes>
      <Route path="/live/:device" element={<LivePage />} />
    </Routes>,
    "/live/raspberry-01",
    VIEWER,
  );
  for (const control of ["servo-left", "siren-on", "record-start", "take-still"]) {
    expect(await screen.findByTestId(control)).toBeDisabled();
  }
  expect(screen.getByText(REASON)).toBeVisible();
});

test("a viewer cannot acknowledge, in the banner or on the page", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1)])} />, "/", VIEWER);
  expect(screen.getByTestId("alert-ack")).toBeDisabled();
  expect(screen.getByText(REASON)).toBeVisible();
});

test("nor on the page of the alerts", async () => {
  await renderPage(<AlertsPage />, "/alerts", VIEWER);
  expect(await screen.findByTestId("alert-ack-all")).toBeDisabled();
  expect(screen.getByTestId("alert-ack-group")).toBeDisabled();
  expect(screen.getByText(REASON)).toBeVisible();
});

test("a clip: a viewer downloads it, an operator also keeps and exports it, an admin also deletes it", async () => {
  const clip = <ClipActions recording={CLIP} onDeleted={() => undefined} />;
  const states = async (who: typeof VIEWER) => {
    const { unmount } = await renderPage(clip, "/", who);
    const isOn = (testid: string) => {
      const control = screen.getByTestId(testid);
      return control.tagName === "A" || !(control as HTMLButtonElement).disabled;
    };
    const found = ["clip-download", "clip-lock", "incident-export", "clip-delete"].map(isOn);
    const reason = screen.queryByTestId("may-not")?.dataset.right;
    unmount();
    return [...found, reason];
  };
  expect(await states(VIEWER)).toEqual([true, false, false, false, "operate"]);
  expect(await states(OPERATOR)).toEqual([true, true, true, false, "administer"]);
  expect(await states(ADMIN)).toEqual([true, true, true, true, undefined]);
});

test.each([
  [VIEWER, [false, false]],
  [OPERATOR, [true, false]],
  [ADMIN, [true, true]],
])("System shows and asks what the role may see: $name", async (who, [people, audit]) => {
  await renderPage(<SystemPage />, "/system", who);
  expect(await screen.findByTestId("accounts-panel")).toHaveTextContent(String(who.name));
  await screen.findByTestId("system-server");
  if (people) expect(await screen.findByTestId("person-ann")).toBeVisible();
  if (audit) expect(await screen.findByTestId("audit")).toBeInTheDocument();
  expect(server.asked.some((asked) => asked.includes("/api/people"))).toBe(people);
  expect(server.asked.some((asked) => asked.includes("/api/audit"))).toBe(audit);
  expect(screen.queryByTestId("to-access") !== null).toBe(who === ADMIN);
});

test("an operator sees who has a PIN, and cannot change it", async () => {
  await renderPage(<SystemPage />, "/system", OPERATOR);
  expect(await screen.findByTestId("person-remove-ann")).toBeDisabled();
  expect(screen.getByTestId("person-add")).toBeDisabled();
  expect(screen.getByText("Your role is Operator: this is for an admin.")).toBeVisible();
});
