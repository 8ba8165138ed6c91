import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { session, useSession } from "@/api/session";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn } from "@/testing/renderPage";
import SignInPage from "./SignInPage";

const OUT = { state: "signed_out" } as const;
let server: FakeServer;
let tries: unknown[];

beforeEach(() => {
  tries = [];
  server = new FakeServer()
    .on("POST /api/session", (body) => {
      tries.push(body);
      return ok(signedIn("ann", "admin"));
    })
    .install();
});

function Door() {
  return useSession().state === "signed_out" && <SignInPage />;
}

async function type(name: string, password: string) {
  await userEvent.type(screen.getByLabelText("Name"), name);
  await userEvent.type(screen.getByLabelText("Password"), password);
  await userEvent.click(screen.getByTestId("sign-in"));
}

test("password managers know it: a form with a name and a current password", async () => {
  await renderPage(<SignInPage />, "/", OUT);
  expect(screen.getByLabelText("Name")).toHaveAttribute("autocomplete", "username");
  expect(screen.getByLabelText("Name")).toHaveFocus();
  expect(screen.getByLabelText("Password")).toHaveAttribute("autocomplete", "current-password");
  expect(screen.getByLabelText("Password")).toHaveAttribute("type", "password");
});

test("the right name and password let in", async () => {
  await renderPage(<SignInPage />, "/", OUT);
  await type(" ann ", "three words together");
  await waitFor(() => expect(session.get().state).toBe("signed_in"));
  expect(tries).toEqual([{ name: "ann", password: "three words together" }]);
});

test("what is missing is said, and nothing is sent", async () => {
  await renderPage(<SignInPage />, "/", OUT);
  await userEvent.type(screen.getByLabelText("Name"), "ann{Enter}");
  expect(screen.getByRole("alert")).toHaveTextContent("Name and password are needed.");
  expect(screen.getByLabelText("Password")).toHaveFocus();
  expect(tries).toEqual([]);
});

test("a wrong one is told, stays to be looked at, and costs the wait that the server says", async () => {
  const wrong = problem(401, "no", { code: "wrong_sign_in" }, { "retry-after": "30" });
  server.on("POST /api/session", () => wrong);
  await renderPage(<SignInPage />, "/", OUT);
  await type("ann", "wrong");
  expect(await screen.findByText("This name and this password do not belong together.")).toBeVisible();
  expect(screen.getByTestId("sign-in-refused-wait")).toHaveTextContent(/^Next try in (30|29) s/);
  expect(screen.getByTestId("sign-in")).toBeDisabled();
  expect(screen.getByLabelText("Password")).toHaveValue("wrong");
  await userEvent.type(screen.getByLabelText("Password"), "{Enter}");
  expect(server.asked.filter((asked) => asked.startsWith("POST"))).toHaveLength(1);
});

test("a wait that is over lets try again", async () => {
  server.on("POST /api/session", () => problem(429, "no", { code: "sign_in_locked" }, { "retry-after": "1" }));
  await renderPage(<SignInPage />, "/", OUT);
  await type("ann", "wrong");
  expect(await screen.findByText("Too many wrong passwords. This one was not looked at.")).toBeVisible();
  expect(await screen.findByText("You can try again now.", {}, { timeout: 3000 })).toBeVisible();
  expect(screen.getByTestId("sign-in")).toBeEnabled();
});

test("without an answer it says so", async () => {
  server.on("POST /api/session", () => "unreachable");
  await renderPage(<SignInPage />, "/", OUT);
  await type("ann", "three words together");
  expect(await screen.findByText("No answer from the server.")).toBeVisible();
  expect(screen.getByTestId("unreachable-bar")).toBeVisible();
  expect(session.get().state).toBe("signed_out");
});

test("the password can be shown, and Caps Lock is told", async () => {
  await renderPage(<SignInPage />, "/", OUT);
  const password = screen.getByLabelText("Password");
  await userEvent.click(screen.getByTestId("show-password"));
  expect(password).toHaveAttribute("type", "text");
  expect(screen.getByTestId("show-password")).toHaveAttribute("aria-pressed", "true");
  fireEvent.keyDown(password, { key: "A", modifierCapsLock: true });
  expect(screen.getByText("Caps Lock is on.")).toBeVisible();
  fireEvent.keyUp(password, { key: "a", modifierCapsLock: false });
  expect(screen.getByTestId("caps-password")).toBeEmptyDOMElement();
});

test("whom the server has shown out is told so, and finds the name there", async () => {
  await renderPage(<Door />, "/", signedIn("ann", "admin"));
  act(() => session.take(OUT));
  expect(screen.getByTestId("shown-out")).toHaveTextContent("You are no longer signed in here");
  expect(screen.getByLabelText("Name")).toHaveValue("ann");
  expect(screen.getByLabelText("Password")).toHaveFocus();
});
