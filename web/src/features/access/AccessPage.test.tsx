import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { session } from "@/api/session";
import type { SessionInfo, TokenInfo, UserInfo } from "@/api/types";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import { NOW } from "@/testing/samples";
import AccessPage from "./AccessPage";

const ANN: UserInfo = { name: "ann", role: "admin", created_at: NOW };
const BOB: UserInfo = { name: "bob", role: "viewer", created_at: NOW };
const ADMIN = signedIn("ann", "admin");
const PASSWORD = "three words together";

function aSession(id: number, given: Partial<SessionInfo> = {}): SessionInfo {
  const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";
  const place = { address: "192.168.1.7", browser, created_at: NOW, seen_at: NOW, is_this_one: false };
  return { id, user_name: "bob", ...place, ...given };
}

let server: FakeServer;
let sent: unknown;
let users: UserInfo[];
let tokens: TokenInfo[];
let sessions: SessionInfo[];

/** Remembers what was sent, and answers. */
function on(route: string, answer: () => ReturnType<typeof ok>) {
  server.on(route, (body) => {
    sent = body;
    return answer();
  });
}

beforeEach(() => {
  sent = undefined;
  users = [ANN, BOB];
  tokens = [];
  sessions = [aSession(1, { user_name: "ann", is_this_one: true }), aSession(2)];
  server = new FakeServer()
    .on("GET /api/users", () => ok({ users }))
    .on("GET /api/tokens", () => ok({ tokens }))
    .on("GET /api/sessions", () => ok({ sessions }))
    .install();
});

test("somebody is given an account, with a role and a password that is seen while it is typed", async () => {
  on("POST /api/users", () => ok({ users: [ANN, BOB, { ...BOB, name: "carla", role: "operator" }] }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("user-add"));
  await userEvent.click(await screen.findByTestId("user-send"));
  expect(screen.getAllByText("This is needed.")).toHaveLength(2);
  await userEvent.type(screen.getByLabelText("Name"), "carla");
  await userEvent.type(screen.getByLabelText("Password"), PASSWORD);
  expect(screen.getByLabelText("Password")).toHaveAttribute("type", "text");
  expect(screen.getByRole("radio", { name: /Operator/ })).toBeChecked();
  await userEvent.click(screen.getByTestId("user-send"));
  expect(await screen.findByTestId("user-carla")).toHaveAttribute("data-role", "operator");
  expect(sent).toEqual({ name: "carla", role: "operator", password: PASSWORD });
});

test("a role is changed", async () => {
  on("PATCH /api/users/bob", () => ok({ users: [ANN, { ...BOB, role: "operator" }] }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("user-role-bob"));
  expect(await screen.findByRole("radio", { name: /Viewer/ })).toBeChecked();
  await userEvent.click(screen.getByTestId("option-operator"));
  await userEvent.click(screen.getByTestId("user-send"));
  await waitFor(() => expect(screen.getByTestId("user-bob")).toHaveAttribute("data-role", "operator"));
  expect(sent).toEqual({ role: "operator" });
});

test("a password is set for another one; one's own is changed on its own page", async () => {
  on("PATCH /api/users/bob", () => ok({ users }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("user-password-bob"));
  await userEvent.type(within(await screen.findByTestId("user-form")).getByLabelText("Password"), PASSWORD);
  await userEvent.click(screen.getByTestId("user-send"));
  await waitFor(() => expect(screen.queryByTestId("user-form")).toBeNull());
  expect(sent).toEqual({ password: PASSWORD });
  const own = within(screen.getByTestId("user-ann")).getByText("Password");
  expect(own.closest("a")).toHaveAttribute("href", "/system/account");
});

test("the last admin is refused in words, and stays", async () => {
  on("DELETE /api/users/ann", () => problem(409, "no", { code: "last_admin" }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("user-remove-ann"));
  expect(await screen.findByText(/This is you/)).toBeVisible();
  await userEvent.click(screen.getByTestId("user-send"));
  expect(await screen.findByText("This is the only admin: make somebody else one first.")).toBeVisible();
  expect(screen.getByTestId("user-ann")).toBeInTheDocument();
});

test("what this page has no words for is told in the server's", async () => {
  on("DELETE /api/users/bob", () => problem(409, "bob cannot be spared", { code: "indispensable" }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("user-remove-bob"));
  await userEvent.click(await screen.findByTestId("user-send"));
  expect(await screen.findByText("bob cannot be spared")).toBeVisible();
});

test("a token is shown once, and is gone with its dialog", async () => {
  const secret = `vigie_${"s".repeat(43)}`;
  on("POST /api/tokens", () => {
    tokens = [{ name: "hall-bridge", scope: "ingest", created_at: NOW, created_by: "ann", seen_at: null }];
    return ok({ name: "hall-bridge", scope: "ingest", token: secret });
  });
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("token-add"));
  await userEvent.type(await screen.findByLabelText("Name"), "hall-bridge");
  expect(screen.getByText(/Whoever has it has the house/)).toBeVisible();
  await userEvent.click(screen.getByTestId("token-send"));
  expect(await screen.findByText(secret)).toBeVisible();
  expect(sent).toEqual({ name: "hall-bridge", scope: "ingest" });
  await userEvent.keyboard("{Escape}");
  expect(screen.getByText(secret)).toBeVisible();
  await userEvent.click(screen.getByTestId("token-done"));
  await waitFor(() => expect(screen.queryByText(secret)).toBeNull());
  expect(await screen.findByTestId("token-hall-bridge")).toHaveTextContent("never shown yet");
});

test("a token is revoked in two steps", async () => {
  tokens = [{ name: "hall-bridge", scope: "ingest", created_at: NOW, created_by: "ann", seen_at: NOW }];
  server.on("DELETE /api/tokens/hall-bridge", () => ok({ tokens: [] }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  await userEvent.click(await screen.findByTestId("token-revoke-hall-bridge"));
  expect(server.asked.some((asked) => asked.startsWith("DELETE"))).toBe(false);
  await userEvent.click(await screen.findByTestId("token-revoke-sure"));
  await waitFor(() => expect(screen.queryByTestId("token-hall-bridge")).toBeNull());
});

test("everybody who is signed in is listed in words, this browser is marked, another one is signed out", async () => {
  server.on("DELETE /api/sessions/2", () => ok({ sessions: sessions.slice(0, 1) }));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  const [mine, other] = await screen.findAllByTestId("session");
  expect(mine).toHaveTextContent("This browser");
  expect(other).toHaveTextContent("bob · Safari on iPhone");
  expect(other).toHaveTextContent("from 192.168.1.7");
  await userEvent.click(within(other as HTMLElement).getByTestId("session-end"));
  await waitFor(() => expect(screen.getAllByTestId("session")).toHaveLength(1));
});

test("ending this one is signing out", async () => {
  server.on("DELETE /api/session", () => ok(null));
  await renderPage(<AccessPage />, "/system/access", ADMIN);
  const [mine] = await screen.findAllByTestId("session");
  await userEvent.click(within(mine as HTMLElement).getByTestId("session-end"));
  await waitFor(() => expect(session.get()).toMatchObject({ state: "signed_out", shownOut: null }));
});

test("while nobody has an account only tokens are here, and the way to the first account", async () => {
  await renderPage(<AccessPage />, "/system/access", TRY_OUT);
  expect(await screen.findByTestId("tokens")).toBeInTheDocument();
  expect(screen.getByTestId("make-first-account")).toHaveAttribute("href", "/set-up");
  expect(server.asked).toEqual(["GET /api/tokens"]);
});

test.each(["viewer", "operator"] as const)("a %s is told why there is nothing, and nothing is asked", async (role) => {
  await renderPage(<AccessPage />, "/system/access", signedIn("bob", role));
  expect(screen.getByTestId("may-not")).toHaveTextContent("this is for an admin");
  expect(server.asked).toEqual([]);
});
