import { expect, test } from "vitest";
import type { Ledger } from "@/api/types";
import { ledgerVerdict } from "./ledgerWords";

function ledger(missing: number | null): Ledger {
  return {
    device_id: "raspberry-01",
    accepted: missing === null ? null : 10,
    stored: 10 - (missing ?? 0),
    through_seq: 7,
    missing,
  };
}

test("events that the Pi gave up are told, though none is missing", () => {
  expect(ledgerVerdict({ ...ledger(0), dropped: 2 }, "online", false)).toEqual({
    verdict: "given_up",
    tone: "missing",
    count: 2,
    stranded: 0,
  });
});

test("nothing missing is well, and red is far", () => {
  expect(ledgerVerdict(ledger(0), "online", false)).toEqual({
    verdict: "complete",
    tone: "well",
    count: 0,
    stranded: 0,
  });
});

test("of a device that is not heard, complete is only what was known then", () => {
  expect(ledgerVerdict(ledger(0), "offline", false)).toMatchObject({ verdict: "complete_then", tone: "quiet" });
  expect(ledgerVerdict(ledger(0), "silent", false)).toMatchObject({ verdict: "complete_then", tone: "quiet" });
});

test("events that a heartbeat has overtaken are on their way, not missing", () => {
  expect(ledgerVerdict(ledger(3), "online", false)).toEqual({
    verdict: "on_way",
    tone: "quiet",
    count: 3,
    stranded: 0,
  });
});

test("events that the server calls missing come back from the Pi's own log", () => {
  expect(ledgerVerdict(ledger(3), "online", true)).toEqual({
    verdict: "coming_back",
    tone: "missing",
    count: 3,
    stranded: 0,
  });
});

test("what a Pi that is not heard still holds is missing until it is back", () => {
  expect(ledgerVerdict(ledger(3), "offline", false)).toEqual({
    verdict: "held",
    tone: "missing",
    count: 3,
    stranded: 0,
  });
  expect(ledgerVerdict(ledger(3), "silent", true)).toMatchObject({ verdict: "held", tone: "missing" });
});

test("without a heartbeat nothing is proved, and a third party's sensor never can", () => {
  expect(ledgerVerdict(ledger(null), "online", false)).toMatchObject({ verdict: "unproven", tone: "quiet" });
  expect(ledgerVerdict(ledger(null), "unknown", false)).toMatchObject({ verdict: "third_party", tone: "quiet" });
});

test("nobody promises to send what only the card of an earlier log holds", () => {
  const old = { stream_id: "old", stored: 4, missing: 2, through_seq: 4 };
  const present = { stream_id: "new", stored: 3, missing: 3, through_seq: 2 };
  const both = { ...ledger(5), stream_id: "new", streams: [present, old] };
  expect(ledgerVerdict(both, "online", true)).toMatchObject({ verdict: "coming_back", count: 3, stranded: 2 });
  expect(ledgerVerdict(both, "offline", true)).toMatchObject({ verdict: "held", count: 3, stranded: 2 });
  const onlyOld = { ...ledger(2), stream_id: "new", streams: [{ ...present, missing: 0 }, old] };
  expect(ledgerVerdict(onlyOld, "online", true)).toMatchObject({ verdict: "stranded", tone: "missing", count: 2 });
});
