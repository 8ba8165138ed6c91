import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";
import { session } from "@/api/session";
import { watchForSetUpCode } from "@/api/setUpCode";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import SetUpPage from "./SetUpPage";

const SET_UP = { state: "set_up", min_password_length: 12 } as const;
const PASSWORD = "three words together";
let server: FakeServer;
let sent: unknown;

beforeEach(() => {
  sent = undefined;
  server = new FakeServer()
    .on("POST /api/set-up", (body) => {
      sent = body;
      return ok(signedIn("ann", "admin"));
    })
    .install();
});
afterEach(() => window.history.replaceState(null, "", "/"));

async function fill(name: string, password: string, again = password) {
  await userEvent.type(screen.getByLabelText("Name"), name);
  await userEvent.type(screen.getByLabelText("Password"), password);
  await userEvent.type(screen.getByLabelText("The password once more"), again);
  await userEvent.click(screen.getByTestId("set-up"));
}

test("without the code of the link it says how to come by one", async () => {
  await renderPage(<SetUpPage />, "/", SET_UP);
  expect(screen.getByTestId("set-up-how")).toHaveTextContent("set-up-link");
  expect(screen.getByTestId("snippet")).toHaveTextContent("vigie user add NAME --role admin");
  expect(screen.queryByTestId("set-up-form")).toBeNull();
});

test("what is wrong is said before anything is sent", async () => {
  await renderPage(<SetUpPage />, "/set-up", TRY_OUT);
  await fill("Ann!", "short", "other");
  expect(screen.getByText("Small letters, digits and hyphens only.")).toBeVisible();
  expect(screen.getByText("At least 12 characters.")).toBeVisible();
  expect(screen.getByText("This is not the same password.")).toBeVisible();
  expect(sent).toBeUndefined();
});

test("while it is tried out no code is needed, and one may leave it", async () => {
  await renderPage(<SetUpPage />, "/set-up", TRY_OUT);
  expect(screen.getByText("Not now")).toHaveAttribute("href", "/");
  await fill("ann", PASSWORD);
  await waitFor(() => expect(session.get()).toMatchObject({ state: "signed_in", name: "ann" }));
  expect(sent).toEqual({ name: "ann", password: PASSWORD });
});

test("the code of the link is sent along", async () => {
  window.history.replaceState(null, "", "/set-up#the-code");
  watchForSetUpCode();
  await renderPage(<SetUpPage />, "/set-up", SET_UP);
  await fill("ann", PASSWORD);
  await waitFor(() => expect(sent).toEqual({ name: "ann", password: PASSWORD, code: "the-code" }));
});

test("a link of an earlier start, and a password that is easily guessed, are told in words", async () => {
  server.on("POST /api/set-up", () => problem(403, "no", { code: "wrong_set_up_code" }));
  await renderPage(<SetUpPage />, "/set-up", SET_UP);
  await fill("ann", PASSWORD);
  expect(await screen.findByText(/no longer the right one/)).toBeVisible();
  server.on("POST /api/set-up", () => problem(422, "no", { code: "password_too_weak" }));
  await userEvent.click(screen.getByTestId("set-up"));
  expect(await screen.findByText(/too easily guessed/)).toBeVisible();
});

test("where somebody was faster one signs in", async () => {
  server
    .on("POST /api/set-up", () => problem(409, "no", { code: "already_set_up" }))
    .on("GET /api/session", () => ok({ state: "signed_out" }));
  await renderPage(<SetUpPage />, "/set-up", TRY_OUT);
  await fill("ann", PASSWORD);
  await waitFor(() => expect(session.get().state).toBe("signed_out"));
});
