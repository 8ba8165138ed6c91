import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { groupAlerts } from "@/api/alerts";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { anAlert, KINDS, NOW } from "@/testing/samples";
import { AlertBanner } from "./AlertBanner";

let server: FakeServer;

beforeEach(() => {
  const site = { version: "0.1.0", now: NOW, bridge: "connected", broker: "connected", sensor_kinds: KINDS };
  server = new FakeServer()
    .on("GET /api/site", () => ok(site))
    .on("GET /api/mode", () => ok({ mode: "surveillance", known: true }))
    .install();
});

test("an open alert is announced as an alert, in words", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1), anAlert(2)])} />);
  expect(await screen.findByText("Alert · Movement, entrance")).toBeVisible();
  expect(screen.getByRole("alert")).toHaveTextContent("raspberry-01 · 2 times");
});

test("a trouble is said, but not as an alarm", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1, { type: "device_silent", location: "" })])} />);
  expect(await screen.findByTestId("alert-banner")).toHaveAttribute("data-tone", "trouble");
  expect(screen.getByRole("alert")).toBeEmptyDOMElement();
  expect(screen.queryByTestId("alert-disarm")).toBeNull();
});

test("a detection is shown before a trouble that is newer", async () => {
  const alerts = [anAlert(1), anAlert(2, { type: "device_silent", device_id: "raspberry-02" })];
  await renderPage(<AlertBanner groups={groupAlerts(alerts)} />);
  expect(await screen.findByTestId("alert-banner")).toHaveAttribute("data-group", "raspberry-01/motion");
});

test("looking leads to the live page of the device", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1)])} />);
  expect(await screen.findByText("Look")).toHaveAttribute("href", "/live/raspberry-01");
});

test("nothing is announced while all are acknowledged", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1, { state: "acknowledged" })])} />);
  expect(screen.getByRole("alert")).toBeEmptyDOMElement();
});

test("acknowledging takes every open alert of the group", async () => {
  for (const id of [1, 2]) {
    server.on(`POST /api/alerts/${id}/acknowledge`, () => ok(anAlert(id, { state: "acknowledged" })));
  }
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1), anAlert(2)])} />);
  await userEvent.click(screen.getByTestId("alert-ack"));
  await waitFor(() => {
    const posts = server.asked.filter((asked) => asked.startsWith("POST"));
    expect(posts.sort()).toEqual(["POST /api/alerts/1/acknowledge", "POST /api/alerts/2/acknowledge"]);
  });
});

test("a guarded site can be set to active from the alert", async () => {
  server.on("PUT /api/mode", (body) => ok({ known: true, ...(body as object) }));
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1)])} />);
  await userEvent.click(await screen.findByTestId("alert-disarm"));
  await waitFor(() => expect(screen.queryByTestId("alert-disarm")).toBeNull());
  expect(server.asked).toContain("PUT /api/mode");
});

test("where the page shows the alerts itself, the banner is only spoken", async () => {
  await renderPage(<AlertBanner groups={groupAlerts([anAlert(1)])} spoken />);
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("Alert · Movement, entrance · raspberry-01"));
  expect(screen.queryByTestId("alert-banner")).toBeNull();
});
