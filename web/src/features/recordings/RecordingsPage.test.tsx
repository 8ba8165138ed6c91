import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";
import type { Recording } from "@/api/types";
import { localDay } from "@/format/time";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aDevice, anEvent, aRecording, KINDS } from "@/testing/samples";
import RecordingsPage from "./RecordingsPage";

const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
/** Noon, so that some minutes before are the same day. */
const NOON = new Date(new Date().setHours(12, 0, 0, 0)).toISOString();
const DAY = localDay(NOON);
const ROOM = {
  count: 2,
  locked: 1,
  used_bytes: 5e9,
  max_bytes: 2e10,
  free_bytes: 7e10,
  min_free_bytes: 5e8,
  max_days: 30,
  days_left: 12.4,
};
const SITE = { version: "1", now: at(0), bridge: "connected", broker: "connected", sensor_kinds: KINDS };
const CAUSE = anEvent(1, { occurred_at: NOON });

let server: FakeServer;
let kept: Recording[];

beforeEach(() => {
  window.HTMLElement.prototype.scrollIntoView = () => undefined;
  kept = [
    aRecording("clip-0003", {
      started_at: NOON,
      cause: { kind: "alarm", event_id: CAUSE.id, zone: "motion" },
      angle_deg: -60,
      preset: "door",
      truncated: true,
    }),
    aRecording("clip-0002", { started_at: NOON, state: "uploading", received_bytes: 400 }),
    aRecording("clip-0001", {
      started_at: NOON,
      state: "deleted",
      deleted_at: at(1),
      deleted_reason: "too_many_bytes",
    }),
  ];
  server = new FakeServer()
    .on("GET /api/site", () => ok(SITE))
    .on("GET /api/devices", () => ok({ devices: [aDevice("raspberry-01", { capabilities: ["camera"] })] }))
    .on("GET /api/alerts", () => ok({ alerts: [] }))
    .on("GET /api/events", () => ok({ events: [CAUSE], next: null }))
    .on("GET /api/media-room", () => ok(ROOM))
    .on("GET /api/recordings", () => ok({ recordings: kept, next: null }))
    .on("GET /api/recordings/days", () => ok({ days: [{ day: DAY, count: 2, duration_s: 24, locked: 1 }] }))
    .install();
});

const show = (address = `/recordings?day=${DAY}`) => renderPage(<RecordingsPage />, address);

describe("the page of the recordings", () => {
  test("shows the day's clips, what is odd about them, and the deleted ones with the reason", async () => {
    await show();
    const clips = await screen.findAllByTestId("clip");
    expect(clips.map((clip) => clip.dataset.clipId)).toEqual(["clip-0003", "clip-0002"]);
    expect(clips[0]).toHaveTextContent("Alarm · Movement");
    expect(clips[0]).toHaveTextContent("Cut short");
    expect(clips[1]).toHaveTextContent("On its way · 40 % has arrived");
    expect(screen.getByTestId("deleted-clips")).toHaveTextContent("There was no room left: the oldest went.");
    expect(await screen.findByText("room for about 12 more days")).toBeVisible();
  });

  test("counts the clips of each day in words", async () => {
    await show();
    const grid = await screen.findByTestId("month-grid");
    const day = grid.querySelector(`[data-day="${DAY}"]`);
    await waitFor(() => expect(day).toHaveTextContent("2 clips, 24 s"));
    expect(day).toHaveAttribute("aria-pressed", "true");
  });

  test("plays a chosen clip, says why it was recorded and where the camera looked", async () => {
    await show();
    await userEvent.click((await screen.findAllByTestId("clip"))[0] as HTMLElement);
    expect(await screen.findByTestId("video")).toHaveAttribute("src", "/api/recordings/clip-0003/video");
    const facts = screen.getByTestId("clip-facts");
    expect(facts).toHaveTextContent("60° left, preset “door”");
    expect(await within(facts).findByTestId("clip-event")).toHaveAttribute(
      "href",
      `/events?event=event-1&at=${encodeURIComponent(NOON)}`,
    );
    expect(screen.getByTestId("incident-export")).toHaveAttribute("href", "/api/incidents/event-1/export.zip");
    expect(screen.getByTestId("clip-download")).toHaveAttribute(
      "href",
      "/api/recordings/clip-0003/video?download=true",
    );
  });

  test("goes to the clip before with p, and says that it is still on its way", async () => {
    await show(`/recordings?day=${DAY}&clip=clip-0003`);
    await screen.findByTestId("video");
    fireEvent.keyDown(window, { key: "p" });
    await waitFor(() => expect(screen.getByTestId("player")).toHaveAttribute("data-clip-id", "clip-0002"));
    expect(screen.getByText("It has been recorded and is on its way from the Pi.")).toBeVisible();
    await userEvent.click(screen.getByTestId("play-part"));
    expect(screen.getByTestId("video")).toHaveAttribute("src", "/api/recordings/clip-0002/video?part");
  });

  test("deletes only after a second step, whose harmless answer has the focus", async () => {
    const gone = { ...(kept[0] as Recording), state: "deleted" as const, deleted_reason: "by_hand" as const };
    server.on("DELETE /api/recordings/clip-0003", () => {
      kept = [gone, ...kept.slice(1)];
      return ok(gone);
    });
    await show(`/recordings?day=${DAY}&clip=clip-0003`);
    await userEvent.click(await screen.findByTestId("clip-delete"));
    expect(screen.getByTestId("delete-no")).toHaveFocus();
    expect(server.asked.some((asked) => asked.startsWith("DELETE"))).toBe(false);
    await userEvent.click(screen.getByTestId("delete-yes"));
    await waitFor(() => expect(screen.queryByTestId("player")).toBeNull());
    expect(screen.getAllByTestId("clip").map((clip) => clip.dataset.clipId)).toEqual(["clip-0002"]);
  });

  test("keeps a clip, which can then not be deleted", async () => {
    const bodies: unknown[] = [];
    server.on("POST /api/recordings/clip-0003/lock", (body) => {
      bodies.push(body);
      return ok({ ...kept[0], locked: true });
    });
    await show(`/recordings?day=${DAY}&clip=clip-0003`);
    await userEvent.click(await screen.findByTestId("clip-lock"));
    await waitFor(() => expect(screen.getByTestId("clip-lock")).toHaveAttribute("aria-pressed", "true"));
    expect(bodies).toEqual([{ locked: true }]);
    expect(screen.getByTestId("clip-delete")).toBeDisabled();
  });

  test("says so when the address names a recording that is not there", async () => {
    server.on("GET /api/recordings/clip-9999", () => problem(404, "no recording clip-9999"));
    await show(`/recordings?day=${DAY}&clip=clip-9999`);
    expect(await screen.findByText("The server has no such recording.")).toBeVisible();
  });
});

describe("without recordings", () => {
  beforeEach(() => {
    kept = [];
    server
      .on("GET /api/recordings/days", () => ok({ days: [] }))
      .on("GET /api/media-room", () => ok({ ...ROOM, count: 0 }));
  });

  test("leads to the live picture where there is a camera", async () => {
    await show("/recordings");
    expect(await screen.findByTestId("nothing-recorded")).toHaveTextContent("it records each alarm by itself");
    expect(screen.getByText("To the live picture")).toHaveAttribute("href", "/live");
  });

  test("says how to get a camera where there is none", async () => {
    server.on("GET /api/devices", () => ok({ devices: [aDevice("raspberry-01")] }));
    await show("/recordings");
    expect(await screen.findByTestId("snippet")).toHaveTextContent("[camera]");
  });

  test("of a day goes to the last one that has some", async () => {
    server
      .on("GET /api/media-room", () => ok(ROOM))
      .on("GET /api/recordings/days", () => ok({ days: [{ day: "2026-01-05", count: 1, duration_s: 8, locked: 0 }] }));
    await show("/recordings");
    await userEvent.click(await screen.findByTestId("to-last-day"));
    await waitFor(() => expect(screen.getByTestId("day-title")).toHaveTextContent(/^Monday,? 5 January/));
  });
});
