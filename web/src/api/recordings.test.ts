import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { aRecording, aStill, NOW } from "@/testing/samples";
import { parseRecording, parseStill } from "./parse";
import { arrivedShare, fits, isArriving, isPlayable, withRecording } from "./recordingList";
import { receiveRecording, receiveStill } from "./recordings";

const LATER = "2026-11-23T13:00:00.000Z";

test("what the server emits is taken as it is, anything else is not", () => {
  expect(parseRecording(aRecording("clip-0001"))).toEqual(aRecording("clip-0001"));
  expect(parseStill(aStill("still-001"))).toEqual(aStill("still-001"));
  for (const value of [null, 7, [], {}, { id: "x" }, { ...aRecording("clip-0001"), cause: null }]) {
    expect(parseRecording(value)).toBeNull();
    expect(parseStill(value)).toBeNull();
  }
});

test("a list takes each recording once, the newest first, and only those that it asked for", () => {
  const list = [aRecording("b", { started_at: NOW })];
  const both = withRecording(list, aRecording("a", { started_at: LATER }));
  expect(both.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(withRecording(both, aRecording("b", { locked: true })).map(({ locked }) => locked)).toEqual([false, true]);
  expect(withRecording(list, aRecording("c"), { device_id: "raspberry-02" })).toBe(list);
  expect(fits({ since: LATER }, aRecording("a"))).toBe(false);
  expect(fits({ until: LATER }, aRecording("a", { started_at: null, received_at: NOW }))).toBe(true);
});

test("a clip can be played when it is finished, in part while it arrives, never when it is no MP4", () => {
  const arriving = aRecording("a", { state: "uploading", received_bytes: 600 });
  expect([isPlayable(arriving), isArriving(arriving), arrivedShare(arriving)]).toEqual([false, true, 0.6]);
  expect(isPlayable(aRecording("a"))).toBe(true);
  expect(isPlayable(aRecording("a", { container: "ts" }))).toBe(false);
  expect(isArriving(aRecording("a", { state: "recording", received_bytes: 0 }))).toBe(false);
});

test("news reach the lists that are loaded: of a day, and of the event that was the cause", () => {
  const client = new QueryClient();
  const filter = { since: NOW, until: LATER };
  client.setQueryData(["recordings", filter], []);
  client.setQueryData(["recordings-of", "event-1"], []);
  client.setQueryData(["stills-of", "event-1"], []);
  const clip = aRecording("clip-0001", { cause: { kind: "alarm", event_id: "event-1" }, state: "recording" });
  receiveRecording(client, clip);
  receiveRecording(client, { ...clip, state: "finished" });
  receiveStill(client, aStill("still-001"));
  receiveStill(client, { rubbish: true });
  expect(client.getQueryData(["recordings", filter])).toEqual([{ ...clip, state: "finished" }]);
  expect(client.getQueryData(["recordings-of", "event-1"])).toEqual([{ ...clip, state: "finished" }]);
  expect(client.getQueryData(["stills-of", "event-1"])).toEqual([aStill("still-001")]);
});

test("amounts are asked again once for a burst", () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const asked = vi.spyOn(client, "invalidateQueries");
  for (let size_bytes = 0; size_bytes < 50; size_bytes++)
    receiveRecording(client, aRecording("clip-0001", { size_bytes }));
  vi.advanceTimersByTime(4000);
  expect(asked.mock.calls.filter(([filters]) => filters?.queryKey?.[0] === "media-room").length).toBeLessThanOrEqual(1);
  vi.useRealTimers();
});
