import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import type { EnrolmentState } from "@/api/types";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage, signedIn } from "@/testing/renderPage";
import { JoinButton } from "./JoinButton";

const ADMIN = signedIn("ann", "admin");
const CODE = "84G7-ZWYR-D6JC-0CX9-Z5TS-9GZ4-87A1";
const REQUEST = {
  device_id: "raspberry-03",
  camera: null,
  address: "192.168.1.7",
  check_number: "012345",
  waits: true,
};

let server: FakeServer;
let state: EnrolmentState;
let sent: unknown[];

function becomes(stage: EnrolmentState["stage"], given: Partial<EnrolmentState> = {}) {
  state = { ...state, stage, ...given };
}

beforeEach(() => {
  sent = [];
  state = { can_sign: true, is_only_here: false, stage: "open", left_s: 599.4, request: null };
  server = new FakeServer()
    .on("POST /api/enrolment", () => ok({ code: CODE, hub: "hub.local", left_s: 600 }))
    .on("GET /api/enrolment", () => ok(state))
    .on("DELETE /api/enrolment", () => {
      becomes(state.stage === "asked" ? "refused" : "withdrawn");
      return ok(state);
    })
    .install();
});

async function opened() {
  const page = await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  await screen.findByTestId("join-code");
  return page;
}

/** The dialog asks once a second; a test does not wait for it. */
async function hears({ client }: Awaited<ReturnType<typeof opened>>) {
  await client.invalidateQueries();
}

test("only an admin is offered to add one", async () => {
  await renderPage(<JoinButton />, "/devices", signedIn("otto", "operator"));
  expect(screen.queryByTestId("join-add")).toBeNull();
});

test("from the code to a Pi that is in", async () => {
  server.on("POST /api/enrolment/confirm", (body) => {
    sent.push(body);
    becomes("signed");
    return ok(state);
  });
  const page = await opened();
  expect(screen.getByTestId("snippet")).toHaveTextContent(`sudo ~/.local/bin/vigie join hub.local --code ${CODE}`);
  expect(screen.getByTestId("join-code")).toHaveTextContent(CODE.replaceAll("-", ""));
  await waitFor(() => expect(screen.getByTestId("join-left")).toHaveTextContent("10 min"));
  becomes("asked", { request: REQUEST });
  await hears(page);
  expect(await screen.findByTestId("join-number")).toHaveTextContent("012 345");
  expect(screen.getByTestId("join-name")).toHaveTextContent("raspberry-03");
  await userEvent.click(screen.getByTestId("join-confirm"));
  expect(await screen.findByText(/fetches its files/)).toBeVisible();
  expect(sent).toEqual([{ check_number: "012345", replace: false }]);
  becomes("taken");
  await hears(page);
  expect(await screen.findByTestId("join-taken")).toHaveTextContent("raspberry-03 is in.");
  await userEvent.click(screen.getByTestId("join-done"));
  expect(screen.queryByTestId("join-dialog")).toBeNull();
  expect(server.asked).not.toContain("DELETE /api/enrolment");
});

test("a name that is taken needs a second press, which says what it does", async () => {
  server.on("POST /api/enrolment/confirm", (body) => {
    sent.push(body);
    if (sent.length === 1) return problem(409, "it is there", { code: "device_exists" });
    becomes("signed");
    return ok(state);
  });
  becomes("asked", { request: REQUEST });
  await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  await userEvent.click(await screen.findByTestId("join-confirm"));
  expect(await screen.findByText(/the old one is cut off at once/)).toBeVisible();
  expect(screen.getByTestId("join-confirm")).toHaveTextContent("Replace it");
  await userEvent.click(screen.getByTestId("join-confirm"));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]).toEqual({ check_number: "012345", replace: true });
});

test("refusing and closing end the code", async () => {
  const page = await opened();
  becomes("asked", { request: REQUEST });
  await hears(page);
  await userEvent.click(await screen.findByTestId("join-refuse"));
  expect(await screen.findByTestId("join-ended")).toHaveTextContent("Refused.");
  becomes("open", { request: null });
  await userEvent.click(screen.getByTestId("join-again"));
  await screen.findByTestId("join-code");
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  await waitFor(() => expect(server.asked.filter((one) => one === "DELETE /api/enrolment")).toHaveLength(2));
});

test("a Pi that went away cannot be confirmed", async () => {
  becomes("asked", { request: { ...REQUEST, waits: false } });
  await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  expect(await screen.findByText(/does not wait any more/)).toBeVisible();
  expect(screen.getByTestId("join-confirm")).toBeDisabled();
});

test.each([
  ["expired", "Ten minutes are over"],
  ["guessed_at", "tries out codes"],
  ["lost", "has not fetched its files"],
  [null, "The server was restarted"],
] as const)("a code that is over (%s) says why, and another one can be had", async (stage, words) => {
  becomes(stage);
  await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  expect(await screen.findByTestId("join-ended")).toHaveTextContent(words);
  expect(screen.getByTestId("join-again")).toBeEnabled();
});

test("where nobody signs it says how a Pi is taken in by hand", async () => {
  server.on("POST /api/enrolment", () => problem(503, "it cannot", { code: "cannot_sign" }));
  await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  expect(await screen.findByTestId("join-cannot")).toBeVisible();
  expect(screen.getByText("sudo vigie provision raspberry-03")).toBeVisible();
});

test("a server that no Pi can reach says so", async () => {
  becomes("open", { is_only_here: true });
  await renderPage(<JoinButton />, "/devices", ADMIN);
  await userEvent.click(screen.getByTestId("join-add"));
  expect(await screen.findByTestId("join-only-here")).toBeVisible();
});
