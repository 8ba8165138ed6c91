import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18next from "i18next";
import { beforeEach, expect, test } from "vitest";
import type { Finding } from "@/api/types";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { NOW } from "@/testing/samples";
import { DoctorPanel } from "./DoctorPanel";
import { lineOf, pieces } from "./findings";

const finding = (mark: Finding["mark"], subject: string, seen: string, mend = ""): Finding => ({
  mark,
  subject,
  seen,
  mend,
});
const MANY = [
  finding("ok", "disk", "5 GB free"),
  finding("warning", "audit log", "odd", "have a look"),
  finding("unseen", "broker", "not asked"),
  finding("failed", "units", "mqtt-bridge has failed", "`journalctl -u mqtt-bridge`, then start it"),
];
let server: FakeServer;

function found(findings: Finding[]) {
  return ok({ at: NOW, took_s: 1.4, ok: true, findings });
}

beforeEach(() => {
  server = new FakeServer().install();
});

test("nothing is examined before it is asked for; the worst comes first, what is fine is folded away", async () => {
  server.on("POST /api/doctor", () => found(MANY));
  await renderPage(<DoctorPanel />);
  expect(server.asked).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Examine this machine" }));
  expect(await screen.findByTestId("doctor-summary")).toHaveTextContent("1 to mend · 1 to look at · 1 not looked at");
  const lines = screen.getAllByTestId("finding");
  expect(lines.map((line) => line.getAttribute("data-mark"))).toEqual(["failed", "warning", "unseen", "ok"]);
  expect(lines[0]).toHaveTextContent(
    "To mend: Unitsmqtt-bridge has failedWhat to do: journalctl -u mqtt-bridge, then start it",
  );
  expect(within(lines[0] as HTMLElement).getByText("journalctl -u mqtt-bridge").tagName).toBe("CODE");
  expect(lines[1]).toHaveTextContent("Audit log");
  expect(screen.getByTestId("doctor-fine")).not.toHaveAttribute("open");
});

test("that all is well is said", async () => {
  server.on("POST /api/doctor", () => found([finding("ok", "disk", "room")]));
  await renderPage(<DoctorPanel />);
  await userEvent.click(screen.getByTestId("examine"));
  expect(await screen.findByTestId("doctor-summary")).toHaveTextContent("All is well.");
});

test("it says that it is at work, and is not asked twice", async () => {
  let answer: (given: ReturnType<typeof found>) => void = () => undefined;
  server.on("POST /api/doctor", () => new Promise((resolve) => (answer = resolve)));
  await renderPage(<DoctorPanel />);
  await userEvent.click(screen.getByTestId("examine"));
  expect(await screen.findByText(/Being examined/)).toBeVisible();
  expect(screen.getByTestId("examine")).toBeDisabled();
  answer(found([]));
  expect(await screen.findByTestId("doctor-summary")).toBeVisible();
  expect(server.asked).toEqual(["POST /api/doctor"]);
});

test("a doctor that fails, and a server that is gone, are told", async () => {
  server.on("POST /api/doctor", () => problem(503, "this machine could not be examined: no memory"));
  await renderPage(<DoctorPanel />);
  await userEvent.click(screen.getByTestId("examine"));
  expect(await screen.findByText(/no memory/)).toBeVisible();
  server.on("POST /api/doctor", () => "unreachable");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("No answer from the server.")).toBeVisible();
});

test("in French only the findings themselves are in English", async () => {
  server.on("POST /api/doctor", () => found(MANY));
  await renderPage(<DoctorPanel />);
  await i18next.changeLanguage("fr");
  await userEvent.click(await screen.findByRole("button", { name: "Examiner cette machine" }));
  expect(await screen.findByTestId("doctor-summary")).toHaveTextContent("1 à réparer · 1 à regarder · 1 pas examiné");
  expect(screen.getByText("mqtt-bridge has failed")).toHaveAttribute("lang", "en");
});

test("a finding is copied as the command prints it", () => {
  expect(lineOf(finding("warning", "clock", "odd", "set it"))).toBe("! clock       odd → set it");
  expect(pieces("run `a b`, or ` c")).toEqual([
    { at: 0, words: "run ", isCode: false },
    { at: 4, words: "a b", isCode: true },
    { at: 9, words: ", or ", isCode: false },
    { at: 14, words: "`", isCode: false },
    { at: 15, words: " c", isCode: false },
  ]);
});
