import { expect, test } from "vitest";
import { againFlaw, nameFlaw, passwordFlaw } from "./passwordFlaw";

test.each([
  ["", "needed"],
  ["eleven chars".slice(1), "short"],
  ["🙂🙂🙂🙂🙂🙂abcde", "short"],
  ["aabbaabbaabb", "monotonous"],
  ["three words together", null],
])("a new password %j", (password, flaw) => {
  expect(passwordFlaw(password, 12)).toBe(flaw);
});

test("the same once more", () => {
  expect(againFlaw("a", "a")).toBeNull();
  expect(againFlaw("a", "b")).toBe("differs");
});

test.each([
  ["", "needed"],
  ["Ann", "name"],
  ["-ann", "name"],
  ["a".repeat(33), "name"],
  ["ann-2", null],
])("a name %j", (name, flaw) => {
  expect(nameFlaw(name)).toBe(flaw);
});
