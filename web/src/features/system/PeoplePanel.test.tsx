import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn } from "@/testing/renderPage";
import { NOW } from "@/testing/samples";
import { AuditPanel } from "./AuditPanel";
import { PeoplePanel } from "./PeoplePanel";

const ANN = { name: "ann", created_at: NOW };
let server: FakeServer;
let people: object[];

beforeEach(() => {
  people = [];
  server = new FakeServer().on("GET /api/people", () => ok({ people })).install();
});

test("that nobody has a PIN is said, and the first one is set without any", async () => {
  let asked: unknown;
  server.on("POST /api/people", (body) => {
    asked = body;
    return ok({ people: [ANN] });
  });
  await renderPage(<PeoplePanel />);
  expect(await screen.findByText(/everybody who reaches this page can disarm/)).toBeVisible();
  await userEvent.click(screen.getByTestId("person-add"));
  await userEvent.type(await screen.findByLabelText("Name"), "ann");
  await userEvent.type(screen.getByLabelText("PIN"), "2468");
  await userEvent.click(screen.getByTestId("person-send"));
  expect(screen.getByText("This is not the same PIN.")).toBeVisible();
  await userEvent.type(screen.getByLabelText("The PIN once more"), "2468");
  await userEvent.click(screen.getByTestId("person-send"));
  expect(await screen.findByTestId("person-ann")).toBeVisible();
  expect(asked).toEqual({ name: "ann", pin: "2468" });
});

test("once there are accounts, it is who may operate that can disarm", async () => {
  await renderPage(<PeoplePanel />, "/system", signedIn("ann", "admin"));
  expect(await screen.findByText(/everybody who may operate can disarm/)).toBeVisible();
});

test("where somebody has a PIN one is asked, and a wrong one is told", async () => {
  people = [ANN];
  const errors = [{ loc: ["pin"], msg: "wrong", tries_left: 2 }];
  server.on("POST /api/people/ann/remove", (body) =>
    (body as { current_pin: string }).current_pin === "2468"
      ? ok({ people: [] })
      : problem(403, "Wrong.", { code: "pin_wrong", errors }),
  );
  await renderPage(<PeoplePanel />);
  await userEvent.click(await screen.findByTestId("person-remove-ann"));
  const current = await screen.findByLabelText("A PIN that holds now");
  expect(current).toHaveAttribute("type", "password");
  await userEvent.type(current, "1111");
  await userEvent.click(screen.getByTestId("person-send"));
  expect(await screen.findByText("The PIN that holds now is wrong.")).toBeVisible();
  expect(current).toHaveValue("");
  await userEvent.type(current, "2468");
  await userEvent.click(screen.getByTestId("person-send"));
  await waitFor(() => expect(screen.queryByTestId("person-ann")).toBeNull());
});

test("the audit log says who, from where, what", async () => {
  const entry = (id: number, action: string, detail: object, actor = "ann") => ({
    id,
    at: NOW,
    actor,
    origin: "page 192.168.1.7",
    action,
    detail,
  });
  const entries = [
    entry(3, "mode", { mode: "night", bypass: ["raspberry-01/button"] }),
    entry(2, "pin_failed", { failures: 3 }, ""),
    entry(1, "something_new", {}),
  ];
  server.on("GET /api/audit", () => ok({ entries }));
  await renderPage(<AuditPanel />);
  const lines = (await screen.findAllByTestId("audit-entry")).map(({ textContent }) => textContent);
  expect(lines[0]).toContain("Mode set to Night · without button");
  expect(lines[0]).toContain("ann · page 192.168.1.7");
  expect(lines[1]).toContain("Wrong PIN, 3 in a row");
  expect(lines[1]).toContain("nobody known");
  expect(lines[2]).toContain("something_new");
});

test("accounts, tokens and signing in are in the log in words", async () => {
  const deeds: [string, object][] = [
    ["user_added", { name: "bob", role: "viewer" }],
    ["user_changed", { name: "bob", role: "operator" }],
    ["token_added", { name: "hall", scope: "ingest" }],
    ["sign_in_failed", { failures: 2 }],
    ["session_ended", { name: "bob", address: "192.168.1.9" }],
  ];
  const entries = deeds.map(([action, detail], id) => ({
    id,
    at: NOW,
    actor: "ann",
    origin: "page ::1",
    action,
    detail,
  }));
  server.on("GET /api/audit", () => ok({ entries }));
  await renderPage(<AuditPanel />);
  const lines = await screen.findAllByTestId("audit-entry");
  expect(lines.map((line) => line.querySelector("[data-testid='audit-what']")?.textContent)).toEqual([
    "bob was given an account: Viewer",
    "Role of bob: now Operator",
    "Token hall made: Bridge",
    "Wrong password, 2 in a row",
    "bob was signed out at 192.168.1.9",
  ]);
  expect(lines[3]).toHaveAttribute("data-warning");
});
