import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { beforeEach, expect, test } from "vitest";
import { receiveRecording, receiveStill } from "@/api/recordings";
import { FakeServer, ok } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import { aRecording, aStill } from "@/testing/samples";
import { Evidence } from "./Evidence";
import { EvidenceThumb } from "./EvidenceThumb";

const CLIP = aRecording("clip-0001", { state: "recording", cause: { kind: "alarm", event_id: "event-1" } });

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer()
    .on("GET /api/recordings", () => ok({ recordings: [], next: null }))
    .on("GET /api/stills", () => ok({ stills: [] }))
    .install();
});

async function loaded(children: React.ReactNode) {
  const { client } = await renderPage(children);
  await act(async () => {
    await client.refetchQueries();
  });
  return client;
}

test("is nothing at first, then the still by the news, then the clip when it is finished", async () => {
  const client = await loaded(<Evidence event_id="event-1" />);
  expect(screen.queryByTestId("evidence")).toBeNull();

  server.on("GET /api/recordings", () => ok({ recordings: [CLIP], next: null }));
  act(() => receiveStill(client, aStill("still-001")));
  expect(await screen.findByTestId("evidence-still")).toHaveAttribute("src", "/api/stills/still-001/picture.jpg");
  act(() => receiveRecording(client, CLIP));
  expect(await screen.findByTestId("evidence-clip")).toHaveTextContent("Being recorded");
  expect(screen.queryByText("Play the clip")).toBeNull();

  act(() => receiveRecording(client, { ...CLIP, state: "finished" }));
  await userEvent.click(await screen.findByText("Play the clip"));
  expect(screen.getByTestId("evidence-clip").querySelector("video")).toHaveAttribute(
    "src",
    "/api/recordings/clip-0001/video",
  );
  expect(screen.getByTestId("incident-export")).toHaveAttribute("href", "/api/incidents/event-1/export.zip");
});

test("the thumb is the first still, or the clip's poster where there is none", async () => {
  server.on("GET /api/recordings", () => ok({ recordings: [{ ...CLIP, state: "finished" }], next: null }));
  const client = await loaded(<EvidenceThumb event_id="event-1" />);
  expect(await screen.findByTestId("evidence-thumb")).toHaveAttribute("src", "/api/recordings/clip-0001/poster.jpg");
  act(() => receiveStill(client, aStill("still-001")));
  expect(await screen.findByAltText(/^Still of/)).toHaveAttribute("src", "/api/stills/still-001/picture.jpg");
});
