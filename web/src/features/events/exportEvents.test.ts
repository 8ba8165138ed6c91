import { expect, test } from "vitest";
import { FakeServer, ok } from "@/testing/FakeServer";
import { anEvent } from "@/testing/samples";
import { fetchAll, toCsv } from "./exportEvents";

test("a row holds the event, its details as JSON in the last column", () => {
  const [head, row] = toCsv([anEvent(7, { details: { location: "entrance" } })]).split("\r\n");
  expect(head?.split(",").at(-1)).toBe("details");
  expect(row).toContain("event-7,motion_detected,raspberry-01,motion");
  expect(row).toContain('"{""location"":""entrance""}"');
});

test("a stranger's text cannot become a formula", () => {
  expect(toCsv([anEvent(1, { id: '=HYPERLINK("x")' })])).toContain(`"'=HYPERLINK(""x"")"`);
});

test("all pages of the filtered list are asked for", async () => {
  const server = new FakeServer()
    .on("GET /api/events", (_, search) =>
      search.get("before") === null ? ok({ events: [anEvent(2)], next: 2 }) : ok({ events: [anEvent(1)], next: null }),
    )
    .install();
  expect(await fetchAll({ type: "motion_detected" })).toEqual([anEvent(2), anEvent(1)]);
  expect(server.asked).toEqual([
    "GET /api/events?type=motion_detected&limit=1000",
    "GET /api/events?type=motion_detected&before=2&limit=1000",
  ]);
});
