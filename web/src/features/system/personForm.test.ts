import { expect, test } from "vitest";
import { flawsOf, NOTHING_TYPED, requestOf } from "./personForm";

const ADD = { what: "add" } as const;
const CHANGE = { what: "change", name: "anna" } as const;
const ANNA = { ...NOTHING_TYPED, name: "anna", pin: "2468", again: "2468" };

test("the first person needs no PIN of anybody, the next one does", () => {
  expect(flawsOf(ADD, ANNA, false)).toEqual({});
  expect(flawsOf(ADD, ANNA, true)).toEqual({ current: "needed" });
  expect(flawsOf(ADD, { ...ANNA, current: "1357" }, true)).toEqual({});
});

test.each([
  [{ name: "" }, { name: "needed" }],
  [{ name: "Anna B" }, { name: "name" }],
  [{ pin: "", again: "" }, { pin: "needed" }],
  [{ pin: "123", again: "123" }, { pin: "pin" }],
  [{ pin: "12a4", again: "12a4" }, { pin: "pin" }],
  [{ again: "2469" }, { again: "differs" }],
  [{ duress: "12" }, { duress: "pin" }],
  [{ duress: "2468" }, { duress: "same" }],
])("%j cannot be sent: %j", (typed, flaws) => {
  expect(flawsOf(ADD, { ...ANNA, ...typed }, false)).toEqual(flaws);
});

test("a change keeps what is left empty", () => {
  const typed = { ...NOTHING_TYPED, duress: "9999", current: "2468" };
  expect(flawsOf(CHANGE, typed, true)).toEqual({});
  expect(requestOf(CHANGE, typed, true)).toEqual({
    what: "change",
    name: "anna",
    duress_pin: "9999",
    current_pin: "2468",
  });
});

test("a duress PIN is taken away only where that is said", () => {
  const typed = { ...NOTHING_TYPED, forgetDuress: true, current: "2468" };
  expect(requestOf(CHANGE, typed, true)).toMatchObject({ duress_pin: null });
  expect(requestOf(CHANGE, { ...typed, forgetDuress: false }, true)).not.toHaveProperty("duress_pin");
});

test("to remove somebody only a PIN is asked", () => {
  const remove = { what: "remove", name: "anna" } as const;
  expect(flawsOf(remove, { ...NOTHING_TYPED, current: "2468" }, true)).toEqual({});
  expect(requestOf(remove, { ...NOTHING_TYPED, current: "2468" }, true)).toEqual({
    what: "remove",
    name: "anna",
    current_pin: "2468",
  });
});
