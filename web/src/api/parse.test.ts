import { expect, test } from "vitest";
import { aDevice, anAlert, anEvent } from "@/testing/samples";
import { parseAlert, parseDevice, parseEvent, parseMode } from "./parse";

test("what the server emits is taken as it is", () => {
  expect(parseEvent(anEvent(1))).toEqual(anEvent(1));
  expect(parseAlert(anAlert(1))).toEqual(anAlert(1));
  expect(parseDevice(aDevice("raspberry-01"))).toEqual(aDevice("raspberry-01"));
});

test.each([null, "text", 7, [], {}, { id: 1 }, anEvent(1, { occurred_at: "yesterday" })])("%j is no event", (value) => {
  expect(parseEvent(value)).toBeNull();
});

test("a mode that nobody knows is none", () => {
  expect(parseMode({ mode: "party" })).toBeNull();
  expect(parseMode({ mode: "night", known: false })).toMatchObject({ mode: "night", known: false });
});
