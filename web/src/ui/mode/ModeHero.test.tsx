import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { connection } from "@/api/connection";
import type { SeenGuard } from "@/api/guard";
import type { ModeState } from "@/api/types";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aGuard, aZone, KINDS, NOW } from "@/testing/samples";
import { ModeHero } from "./ModeHero";

const ACTIVE: ModeState = { mode: "active", known: true, changed_by: "anna", changed_at: NOW, stamp: [1, 0, "a"] };
const SITE = { version: "1", now: NOW, bridge: "connected", broker: "connected", sensor_kinds: KINDS };
const ARMED = aGuard({ state: "armed", mode: "surveillance" });
let server: FakeServer;
let guard: SeenGuard;

beforeEach(() => {
  guard = aGuard();
  server = new FakeServer()
    .on("GET /api/mode", () => ok({ ...ACTIVE, mode: guard.mode }))
    .on("GET /api/alarm", () => ok(guard))
    .on("GET /api/site", () => ok(SITE))
    .on("GET /api/devices", () => ok({ devices: [] }))
    .install();
});

async function shownMode(): Promise<string | undefined> {
  return (await screen.findByTestId("mode-control")).dataset.mode;
}

test("it says the mode, and who set it", async () => {
  await renderPage(<ModeHero />);
  expect(await shownMode()).toBe("active");
  expect(await screen.findByText(/Set by anna/)).toBeVisible();
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
});

test("the shield is the alarm's state, not the mode that was asked for", async () => {
  guard = ARMED;
  await renderPage(<ModeHero />);
  await waitFor(() => expect(screen.getByTestId("shield")).toHaveAttribute("data-state", "armed"));
  expect(screen.getByText("Armed")).toBeVisible();
});

test.each<[string, () => void, RegExp]>([
  ["the server does not tell", () => server.on("GET /api/alarm", () => problem(500, "broken")), /cannot say/],
  ["the answer is no guard", () => server.on("GET /api/alarm", () => ok({ state: "armed" })), /cannot say/],
  ["no Pi watches", () => (guard = aGuard({ watching: false })), /No Pi is known/],
  ["there is no bridge", () => server.on("GET /api/site", () => ok({ ...SITE, bridge: "absent" })), /No bridge/],
  ["there is no broker", () => server.on("GET /api/site", () => ok({ ...SITE, broker: "absent" })), /lost the broker/],
  ["there is no server", () => server.on("GET /api/site", () => "unreachable"), /server does not answer/],
])("while %s the shield is grey and says why", async (_, arrange, words) => {
  arrange();
  await renderPage(<ModeHero />);
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.getByTestId("shield")).toHaveAttribute("data-state", "unknown");
  expect(screen.getByText("Not known")).toBeVisible();
});

const MAT = "raspberry-01/button";

test("open zones are told before anything is asked, and the second press arms without them", async () => {
  let asked: unknown;
  guard = aGuard({ open: { surveillance: [MAT], night: [] }, zones: [aZone("button", { open: true })] });
  server.on("PUT /api/mode", (body) => {
    asked = body;
    return ok({ ...ACTIVE, mode: "surveillance" });
  });
  await renderPage(<ModeHero />);
  await screen.findByText("Disarmed");
  await userEvent.click(screen.getByTestId("mode-option-surveillance"));
  expect(screen.getByTestId("open-zones")).toHaveAttribute("data-zones", MAT);
  expect(asked).toBeUndefined();
  await userEvent.click(screen.getByText("Arm without: button, entrance"));
  expect(await screen.findByText("Done")).toBeVisible();
  expect(asked).toEqual({ mode: "surveillance", bypass: [MAT] });
});

test("zones that only the server knew to be open are told from its refusal", async () => {
  server.on("PUT /api/mode", () => problem(409, "open", { code: "zones_open", errors: [{ zone: MAT }] }));
  await renderPage(<ModeHero />);
  await screen.findByText("Disarmed");
  await userEvent.click(screen.getByTestId("mode-option-night"));
  expect(await screen.findByTestId("open-zones")).toHaveAttribute("data-zones", MAT);
  await userEvent.click(screen.getByTestId("arm-cancel"));
  expect(screen.queryByTestId("open-zones")).toBeNull();
});

test("a PIN is asked where one is set, and sent with the same request", async () => {
  let given: unknown;
  guard = ARMED;
  server.on("PUT /api/mode", (body) => {
    given = body;
    const { pin } = body as { pin?: string };
    if (pin === undefined) return problem(403, "A PIN is needed.", { code: "pin_required" });
    if (pin !== "2468")
      return problem(403, "Wrong.", { code: "pin_wrong", errors: [{ loc: ["pin"], msg: "wrong", tries_left: 2 }] });
    return ok(ACTIVE);
  });
  await renderPage(<ModeHero />);
  await screen.findByTestId("mode-control");
  await userEvent.click(screen.getByTestId("mode-option-active"));
  await screen.findByTestId("pin-pad");
  await userEvent.keyboard("1111{Enter}");
  expect(await screen.findByText(/2 tries left/)).toBeVisible();
  expect(screen.getByTestId("pin-typed")).toHaveAttribute("data-count", "0");
  for (const digit of "2468") await userEvent.click(screen.getByTestId(`pin-key-${digit}`));
  await userEvent.click(screen.getByTestId("pin-enter"));
  expect(await screen.findByText("Done")).toBeVisible();
  expect(screen.queryByTestId("pin-pad")).toBeNull();
  expect(given).toEqual({ mode: "active", pin: "2468" });
});

test("the wrong PIN that begins a wait locks the pad at once", async () => {
  guard = ARMED;
  const errors = [{ loc: ["pin"], msg: "wrong", tries_left: 0 }];
  server.on("PUT /api/mode", () => problem(403, "Wrong.", { code: "pin_wrong", errors }, { "retry-after": "30" }));
  await renderPage(<ModeHero />);
  await screen.findByTestId("mode-control");
  await userEvent.click(screen.getByTestId("mode-option-active"));
  expect(await screen.findByText(/Too many wrong PINs/)).toBeVisible();
});

test("a locked pad says how long, and takes no digit", async () => {
  guard = ARMED;
  server.on("PUT /api/mode", () => problem(429, "Locked.", { code: "pin_locked" }, { "retry-after": "30" }));
  await renderPage(<ModeHero />);
  await screen.findByTestId("mode-control");
  await userEvent.click(screen.getByTestId("mode-option-active"));
  expect(await screen.findByText(/Too many wrong PINs/)).toBeVisible();
  expect(screen.getByTestId("pin-key-1")).toBeDisabled();
  await userEvent.keyboard("1");
  expect(screen.getByTestId("pin-typed")).toHaveAttribute("data-count", "0");
});

test("an exit delay can be cancelled", async () => {
  let asked: unknown;
  guard = aGuard({ state: "arming", mode: "night", remaining_s: 30, devices: [] });
  server.on("PUT /api/mode", (body) => {
    asked = body;
    return ok(ACTIVE);
  });
  await renderPage(<ModeHero />);
  await userEvent.click(await screen.findByText("Cancel"));
  await waitFor(() => expect(asked).toEqual({ mode: "active" }));
});

test("on the wall the pad is there by itself during an entry delay, where somebody has a PIN", async () => {
  guard = aGuard({ state: "pending", mode: "surveillance", remaining_s: 30, watching: true });
  server.on("GET /api/people", () => ok({ people: [{ name: "ann", created_at: NOW }] }));
  await renderPage(<ModeHero large />);
  expect(await screen.findByTestId("pin-pad")).toHaveAttribute("data-large", "true");
  expect(server.asked.filter((asked) => asked.startsWith("PUT"))).toEqual([]);
});

test("on the wall nothing is disarmed by itself where nobody has a PIN", async () => {
  guard = aGuard({ state: "pending", mode: "surveillance", remaining_s: 30 });
  server.on("GET /api/people", () => ok({ people: [] }));
  await renderPage(<ModeHero large />);
  await screen.findByText("Entry delay");
  await waitFor(() => expect(server.asked).toContain("GET /api/people"));
  expect(screen.queryByTestId("pin-pad")).toBeNull();
  expect(server.asked.filter((asked) => asked.startsWith("PUT"))).toEqual([]);
});

test("the alarm of a zone that always guards is ended by the PIN, though the mode is active already", async () => {
  let asked: unknown;
  guard = aGuard({ state: "triggered", mode: "active" });
  server.on("GET /api/people", () => ok({ people: [{ name: "ann", created_at: NOW }] }));
  server.on("PUT /api/mode", (body) => {
    asked = body;
    return ok(ACTIVE);
  });
  await renderPage(<ModeHero />);
  await userEvent.click(await screen.findByTestId("mode-cancel"));
  await screen.findByTestId("pin-pad");
  await userEvent.keyboard("2468{Enter}");
  await waitFor(() => expect(asked).toEqual({ mode: "active", pin: "2468" }));
});

test("the pad goes away when somebody else has disarmed", async () => {
  guard = ARMED;
  server.on("GET /api/people", () => ok({ people: [{ name: "ann", created_at: NOW }] }));
  const { client } = await renderPage(<ModeHero />);
  await screen.findByText("Armed");
  await userEvent.click(screen.getByTestId("mode-option-active"));
  await screen.findByTestId("pin-pad");
  guard = aGuard();
  act(() => void client.invalidateQueries());
  await waitFor(() => expect(screen.queryByTestId("pin-pad")).toBeNull());
});
