import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import { KINDS } from "@/testing/samples";
import SystemPage from "./SystemPage";

const FULL =
  "database or disk is full; nothing can be stored until this is mended, events wait in the bridge and on the Pis";

test("a database that takes nothing is called failing, with its cause and what to do", async () => {
  const health = [{ code: "database_failing", detail: FULL }];
  const site = {
    version: "1",
    now: new Date().toISOString(),
    bridge: "connected",
    broker: "connected",
    health,
    sensor_kinds: KINDS,
  };
  new FakeServer()
    .on("GET /api/site", () => ok(site))
    .on("GET /api/devices", () => ok({ devices: [] }))
    .on("GET /api/quarantine", () => ok({ items: [] }))
    .install();
  await renderPage(<SystemPage />, "/system");
  expect(await screen.findByTestId("system-database")).toHaveTextContent("Failing");
  expect(screen.getByText("The server cannot store anything: database or disk is full")).toBeVisible();
});

test("only an admin is offered to examine the machine", async () => {
  new FakeServer().on("GET /api/quarantine", () => ok({ items: [] })).install();
  const { unmount } = await renderPage(<SystemPage />, "/system", signedIn("otto", "operator"));
  expect(await screen.findByTestId("accounts-panel")).toBeVisible();
  expect(screen.queryByTestId("doctor")).toBeNull();
  unmount();
  await renderPage(<SystemPage />, "/system", TRY_OUT);
  expect(await screen.findByTestId("examine")).toBeEnabled();
});
