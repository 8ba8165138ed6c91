import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import { NOW } from "@/testing/samples";
import AccountPage from "./AccountPage";

const BOB = signedIn("bob", "viewer");
let server: FakeServer;
let sent: unknown;

beforeEach(() => {
  sent = undefined;
  const place = { address: "127.0.0.1", browser: "curl/8", created_at: NOW, seen_at: NOW };
  const sessions = [
    { id: 1, user_name: "bob", is_this_one: true, ...place },
    { id: 2, user_name: "ann", is_this_one: false, ...place },
  ];
  server = new FakeServer()
    .on("GET /api/sessions", () => ok({ sessions }))
    .on("PUT /api/session/password", (body) => {
      sent = body;
      return ok(BOB);
    })
    .install();
});

async function fill(current: string, next: string, again = next) {
  await userEvent.type(screen.getByLabelText("Password that holds now"), current);
  await userEvent.type(screen.getByLabelText("New password"), next);
  await userEvent.type(screen.getByLabelText("The password once more"), again);
  await userEvent.click(screen.getByTestId("own-password-send"));
}

test("one's own role in words, and one's own places alone", async () => {
  await renderPage(<AccountPage />, "/system/account", BOB);
  expect(screen.getByText(/Sees everything/)).toBeVisible();
  expect(await screen.findAllByTestId("session")).toHaveLength(1);
});

test("the own password is changed, and the fields are emptied", async () => {
  await renderPage(<AccountPage />, "/system/account", BOB);
  await fill("the old password", "three words together");
  await waitFor(() => expect(screen.getByTestId("own-password-done")).toHaveTextContent("The password was changed."));
  expect(sent).toEqual({ current_password: "the old password", new_password: "three words together" });
  expect(screen.getByLabelText("New password")).toHaveValue("");
});

test("a wrong one is told, and what is wrong with the new one before it is sent", async () => {
  await renderPage(<AccountPage />, "/system/account", BOB);
  await fill("x", "short", "other");
  expect(screen.getByText("At least 12 characters.")).toBeVisible();
  expect(screen.getByText("This is not the same password.")).toBeVisible();
  expect(sent).toBeUndefined();
  server.on("PUT /api/session/password", () => problem(403, "no", { code: "wrong_password" }));
  await userEvent.type(screen.getByLabelText("New password"), " words together");
  await userEvent.clear(screen.getByLabelText("The password once more"));
  await userEvent.type(screen.getByLabelText("The password once more"), "short words together");
  await userEvent.click(screen.getByTestId("own-password-send"));
  expect(await screen.findByText("This is not your password. Nothing was changed.")).toBeVisible();
});

test("who has no account has none of this", async () => {
  await renderPage(<AccountPage />, "/system/account", TRY_OUT);
  expect(screen.getByTestId("try-out")).toBeVisible();
  expect(server.asked).toEqual([]);
});
