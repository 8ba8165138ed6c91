import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { connection } from "@/api/connection";
import type { ModeState } from "@/api/types";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { NOW } from "@/testing/samples";
import { ModeHero } from "./ModeHero";

const ACTIVE: ModeState = { mode: "active", known: true, changed_by: "anna", changed_at: NOW, stamp: [1, 0, "a"] };
let server: FakeServer;

beforeEach(() => {
  server = new FakeServer().on("GET /api/mode", () => ok(ACTIVE)).install();
});

async function shownMode(): Promise<string | undefined> {
  return (await screen.findByTestId("mode-control")).dataset.mode;
}

test("it says the mode, and who set it", async () => {
  await renderPage(<ModeHero />);
  expect(await shownMode()).toBe("active");
  expect(screen.getByText(/Set by anna/)).toBeVisible();
  expect(screen.getByTestId("mode-option-active")).toHaveAttribute("aria-pressed", "true");
});

test("a change that is confirmed is done and shown", async () => {
  server.on("PUT /api/mode", (body) => ok({ ...ACTIVE, ...(body as object) }));
  await renderPage(<ModeHero />);
  await userEvent.click(await screen.findByTestId("mode-option-surveillance"));
  expect(await screen.findByText("Done")).toBeVisible();
  expect(await shownMode()).toBe("surveillance");
});

test("while it is asked the old mode stands and nothing else can be asked", async () => {
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.on("PUT /api/mode", async (body) => {
    await asked;
    return ok({ ...ACTIVE, ...(body as object) });
  });
  await renderPage(<ModeHero />);
  await userEvent.click(await screen.findByTestId("mode-option-night"));
  expect(await screen.findByText("Asking for Night…")).toBeVisible();
  expect(await shownMode()).toBe("active");
  expect(screen.getByTestId("mode-option-surveillance")).toBeDisabled();
  act(answer);
  expect(await screen.findByText("Done")).toBeVisible();
});

test("a refusal is told in the server's words, and the mode stands", async () => {
  server.on("PUT /api/mode", () => problem(503, "No bridge is connected."));
  await renderPage(<ModeHero />);
  await userEvent.click(await screen.findByTestId("mode-option-surveillance"));
  expect(await screen.findByText("Refused: No bridge is connected.")).toBeVisible();
  expect(await shownMode()).toBe("active");
});

test("while the server is unreachable nothing can be chosen", async () => {
  await renderPage(<ModeHero />);
  await screen.findByTestId("mode-control");
  act(() => connection.requestFailed());
  await waitFor(() => expect(screen.getByTestId("mode-option-surveillance")).toBeDisabled());
});

test("a mode that nobody has reported is not known", async () => {
  server.on("GET /api/mode", () => ok({ ...ACTIVE, known: false }));
  await renderPage(<ModeHero />);
  expect(await shownMode()).toBe("unknown");
  expect(screen.getByText("Not known")).toBeVisible();
});
