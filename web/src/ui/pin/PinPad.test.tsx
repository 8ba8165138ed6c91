import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage } from "@/testing/renderPage";
import type { PinTrouble } from "../mode/modeRequest";
import { PinPad } from "./PinPad";

async function pad(given: { trouble?: PinTrouble | null; busy?: boolean } = {}) {
  const entered: string[] = [];
  const make = ({ trouble = null, busy = false }: typeof given) => (
    <PinPad trouble={trouble} busy={busy} onEnter={(pin) => entered.push(pin)} />
  );
  const page = await renderPage(make(given));
  return { entered, again: (next: typeof given) => page.rerender(make(next)) };
}

const typed = () => screen.getByTestId("pin-typed").dataset.count;

test("keys and keyboard type into the same PIN, which is nowhere on the page", async () => {
  const { entered } = await pad();
  await userEvent.keyboard("97");
  await userEvent.click(screen.getByTestId("pin-key-5"));
  await userEvent.keyboard("31");
  expect(typed()).toBe("5");
  expect(screen.getByTestId("pin-typed")).toHaveTextContent("5 digits");
  expect(document.body.innerHTML).not.toContain("9753");
  expect(document.querySelector("input")).toBeNull();
  await userEvent.click(screen.getByTestId("pin-enter"));
  expect(entered).toEqual(["97531"]);
});

test("a PIN that is too short is not sent, and no more than twelve digits are taken", async () => {
  const { entered } = await pad();
  await userEvent.keyboard("123{Enter}");
  expect(entered).toEqual([]);
  expect(screen.getByTestId("pin-enter")).toBeDisabled();
  await userEvent.keyboard("4567890123456{Backspace}");
  expect(typed()).toBe("11");
});

test("letters and shortcuts are no digits", async () => {
  await pad();
  await userEvent.keyboard("ab{Control>}1{/Control}2");
  expect(typed()).toBe("1");
});

test("a wrong PIN empties the pad and says what is left", async () => {
  const { again } = await pad();
  await userEvent.keyboard("1234");
  again({ trouble: { kind: "wrong", left: 1 } });
  expect(typed()).toBe("0");
  expect(screen.getByTestId("pin-said")).toHaveTextContent("Wrong PIN. 1 try left before a wait.");
});

test("while it is locked it counts down and takes nothing; afterwards it does", async () => {
  const { again } = await pad({ trouble: { kind: "locked", until_ms: Date.now() + 60_000 } });
  expect(screen.getByTestId("pin-said")).toHaveTextContent(/Too many wrong PINs. Wait: (1 min|59 s)/);
  await userEvent.keyboard("1");
  expect(typed()).toBe("0");
  again({ trouble: { kind: "locked", until_ms: Date.now() - 1 } });
  expect(screen.getByTestId("pin-said")).toHaveTextContent("You can try again now.");
  await userEvent.keyboard("1");
  expect(typed()).toBe("1");
});

test("a pad that only the owner can unlock says how", async () => {
  await pad({ trouble: { kind: "locked", until_ms: null } });
  expect(screen.getByTestId("pin-said")).toHaveTextContent("vigie pin unlock");
  expect(screen.getByTestId("pin-key-1")).toBeDisabled();
});

test("while a PIN is under way nothing can be typed", async () => {
  await pad({ busy: true });
  await userEvent.keyboard("1");
  expect(typed()).toBe("0");
});
