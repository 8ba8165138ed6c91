import { expect, test } from "vitest";
import { distinctTroubles } from "./troubleWords";

const fault = (detail: string) => ({ code: "fault", detail });

test("a fault that heartbeat and state both tell is one trouble", () => {
  const told = [fault("no pulses"), fault("stuck:motion"), fault("stuck:motion"), fault("servo")];
  expect(distinctTroubles(told)).toEqual([fault("servo"), fault("stuck:motion")]);
});

test("two Pis of one name are one trouble, whoever notices", () => {
  const told = [fault("identity_conflict"), { code: "identity_conflict", detail: "two agents call themselves …" }];
  expect(distinctTroubles(told)).toHaveLength(1);
});

test("different troubles stay apart", () => {
  const told = [{ code: "bridge_fault", detail: "a" }, { code: "bridge_fault", detail: "b" }, fault("stuck:button")];
  expect(distinctTroubles(told)).toEqual(told);
});
