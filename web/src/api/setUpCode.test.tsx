import { act, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { useSetUpCode, watchForSetUpCode } from "./setUpCode";

afterEach(() => window.history.replaceState(null, "", "/"));

function Code() {
  return <p>{useSetUpCode() ?? "none"}</p>;
}

test("the code is taken out of the address at once, also of a link that is opened later in the same tab", () => {
  window.history.replaceState(null, "", "/events#sideways");
  watchForSetUpCode();
  render(<Code />);
  expect(screen.getByText("none")).toBeVisible();
  expect(window.location.hash).toBe("#sideways");

  window.history.replaceState(null, "", "/set-up?x=1#first-Code_1");
  act(() => void window.dispatchEvent(new HashChangeEvent("hashchange")));
  expect(screen.getByText("first-Code_1")).toBeVisible();
  expect(window.location.href).toMatch(/\/set-up\?x=1$/);
});
