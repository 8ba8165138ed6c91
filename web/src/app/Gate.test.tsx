import { act, screen } from "@testing-library/react";
import { useLocation } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { SessionStore, session } from "@/api/session";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import { Gate } from "./Gate";

beforeEach(() => {
  new FakeServer().on("GET /api/session", () => ok({ state: "signed_out" })).install();
});

function House() {
  const { pathname, search } = useLocation();
  return <p>{`the house at ${pathname}${search}`}</p>;
}

const gate = (
  <Gate>
    <House />
  </Gate>
);

test.each([TRY_OUT, signedIn("ann", "viewer")])("who is let in sees the house: $state", async (who) => {
  await renderPage(gate, "/events?device=x", who);
  expect(screen.getByText("the house at /events?device=x")).toBeVisible();
});

test("who is not, signs in, and gets to the page that was asked for", async () => {
  await renderPage(gate, "/events?device=x", { state: "signed_out" });
  expect(await screen.findByTestId("sign-in-page")).toBeVisible();
  expect(screen.queryByText(/the house/)).toBeNull();
  expect(document.title).toBe("Sign in · Vigie");
  act(() => session.take(signedIn("ann", "viewer")));
  expect(screen.getByText("the house at /events?device=x")).toBeVisible();
});

test("a server that nobody has an account on shows the set-up page alone", async () => {
  await renderPage(gate, "/events", { state: "set_up" });
  expect(await screen.findByTestId("set-up-how")).toBeVisible();
  expect(screen.queryByText(/the house/)).toBeNull();
});

test("while it is tried out the set-up page is at its address, and after it at none", async () => {
  await renderPage(gate, "/set-up", TRY_OUT);
  expect(await screen.findByTestId("set-up-page")).toBeVisible();
  act(() => session.take(signedIn("ann", "admin")));
  expect(screen.getByText("the house at /")).toBeVisible();
});

test("a server that was never heard shows nobody a sign-in page", async () => {
  new FakeServer().on("GET /api/session", () => "unreachable").install();
  const store = new SessionStore();
  await store.ask();
  const { state } = store.get();
  expect(state).toBe("unreachable");
  // The gate has no page for it: the house goes grey by itself.
  await renderPage(gate, "/", { state: state as "open" });
  expect(screen.getByText("the house at /")).toBeVisible();
});

test("another role begins afresh", async () => {
  await renderPage(gate, "/", signedIn("ann", "admin"));
  const before = screen.getByText(/the house/);
  act(() => session.take({ ...signedIn("ann", "admin"), min_password_length: 14 }));
  expect(screen.getByText(/the house/)).toBe(before);
  act(() => session.take(signedIn("ann", "viewer")));
  expect(screen.getByText(/the house/)).not.toBe(before);
});
