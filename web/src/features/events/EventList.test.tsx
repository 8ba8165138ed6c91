import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { StoredEvent } from "@/api/types";
import { renderPage } from "@/testing/renderPage";
import { anEvent, KINDS } from "@/testing/samples";
import { EventList } from "./EventList";

function list(events: StoredEvent[], given: Partial<Parameters<typeof EventList>[0]> = {}) {
  return (
    <EventList
      events={events}
      kinds={KINDS}
      alertStates={new Map()}
      hasOlder={false}
      loadOlder={async () => undefined}
      selected={null}
      linkTo={({ id }) => `/events?event=${id}`}
      {...given}
    />
  );
}

const many = (count: number) => Array.from({ length: count }, (_, index) => anEvent(count - index));

test("an event is told in words and leads to its details", async () => {
  await renderPage(list([anEvent(1)]));
  const card = screen.getByTestId("event-card");
  expect(card).toHaveTextContent("Movement, entrance");
  expect(card).toHaveAttribute("href", "/events?event=event-1");
  expect(card).toHaveAttribute("data-event-id", "event-1");
  expect(card).toHaveAttribute("data-type", "motion_detected");
});

test("of two thousand events only those near the screen are in the page", async () => {
  await renderPage(list(many(2000)));
  const cards = screen.getAllByTestId("event-card");
  expect(cards.length).toBeGreaterThan(5);
  expect(cards.length).toBeLessThan(60);
});

test("an open alert is marked, a late event says so, an unknown type is shown raw", async () => {
  const events = [
    anEvent(3),
    anEvent(2, { late: true }),
    anEvent(1, { type: "humidity", sensor: "humidity", details: {} }),
  ];
  await renderPage(list(events, { alertStates: new Map([["event-3", "open"]]) }));
  expect(screen.getByLabelText("Not acknowledged")).toBeInTheDocument();
  expect(screen.getByText("Late")).toBeInTheDocument();
  expect(screen.getByText("humidity")).toBeInTheDocument();
});

test("the next page is asked for when the end comes near", async () => {
  let asked = 0;
  const loadOlder = async () => {
    asked += 1;
  };
  await renderPage(list(many(3), { hasOlder: true, loadOlder }));
  expect(asked).toBeGreaterThan(0);
});

/** Scrolls the page; jsdom itself does not. */
function scrollTo(top_px: number): void {
  Object.defineProperty(window, "scrollY", { value: top_px, configurable: true });
  fireEvent.scroll(window);
}

test("while one reads further down new events wait behind a pill", async () => {
  const page = await renderPage(list(many(3)));
  scrollTo(500);
  page.rerender(list(many(5)));
  expect(screen.getByTestId("new-events")).toHaveTextContent("2 new");
  expect(document.querySelector('[data-event-id="event-5"]')).toBeNull();
  fireEvent.click(screen.getByTestId("new-events"));
  expect(document.querySelector('[data-event-id="event-5"]')).not.toBeNull();
  scrollTo(0);
});

test("at the top of the list new events appear by themselves", async () => {
  const page = await renderPage(list(many(3)));
  page.rerender(list(many(4)));
  expect(screen.queryByTestId("new-events")).toBeNull();
  expect(screen.getAllByTestId("event-card")[0]).toHaveAttribute("data-event-id", "event-4");
});
