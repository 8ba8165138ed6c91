import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { session } from "@/api/session";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage, signedIn, TRY_OUT } from "@/testing/renderPage";
import { AccountMenu } from "./AccountMenu";
import { Toasts } from "./Toasts";

test("it says who is signed in as what, and signs out", async () => {
  new FakeServer().on("DELETE /api/session", () => ok(null)).install();
  await renderPage(<AccountMenu />, "/", signedIn("ann", "operator"));
  await userEvent.click(screen.getByRole("button", { name: "Account: ann" }));
  expect(await screen.findByTestId("account-name")).toHaveTextContent("ann");
  expect(screen.getByText("Operator")).toBeVisible();
  expect(screen.getByText("Change password")).toHaveAttribute("href", "/system/account");
  expect(screen.queryByText("Accounts and tokens")).toBeNull();
  await userEvent.click(screen.getByTestId("sign-out"));
  await waitFor(() => expect(session.get().state).toBe("signed_out"));
});

test("who could not sign out is told so", async () => {
  new FakeServer().on("DELETE /api/session", () => "unreachable").install();
  await renderPage(
    <>
      <AccountMenu />
      <Toasts />
    </>,
    "/",
    signedIn("ann", "admin"),
  );
  await userEvent.click(screen.getByTestId("account-menu"));
  expect(await screen.findByText("Accounts and tokens")).toBeVisible();
  await userEvent.click(screen.getByTestId("sign-out"));
  expect(await screen.findByTestId("toast")).toHaveTextContent("Not signed out");
  expect(session.get().state).toBe("signed_in");
});

test("without accounts it says that there are none, and leads to the first", async () => {
  await renderPage(<AccountMenu />, "/", TRY_OUT);
  await userEvent.click(screen.getByRole("button", { name: "Account" }));
  expect(await screen.findByText(/Everybody at this machine may do everything/)).toBeVisible();
  expect(screen.getByTestId("make-first-account")).toHaveAttribute("href", "/set-up");
});
