// j / k: next and previous event, in the drawer while it is open, else by moving the focus through the list.
// r: acknowledges the alert of the open event.
import { useEffect, useRef } from "react";
import { isTyping, shortcutsOn } from "@/ui/shortcuts";
import type { Neighbours } from "./useNeighbours";
import type { OpenEvent } from "./useOpenEvent";

export function useListKeys(open: OpenEvent, near: Neighbours, review: () => void): void {
  const latest = useRef({ open, near, review });
  useEffect(() => {
    latest.current = { open, near, review };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || !shortcutsOn()) return;
      const now = latest.current;
      if (event.key === "r" && now.open.id !== null) {
        now.review();
        return;
      }
      if (event.key !== "j" && event.key !== "k") return;
      event.preventDefault();
      const down = event.key === "j";
      if (now.open.id === null) {
        moveFocus(down);
        return;
      }
      const next = down ? now.near.older : now.near.newer;
      if (next) now.open.go(next);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** To the next card on the page; the virtual list keeps some beyond both edges of the screen. */
function moveFocus(down: boolean): void {
  const cards = [...document.querySelectorAll<HTMLElement>('[data-testid="event-card"]')].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  const at = cards.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? cards[0] : cards[at + (down ? 1 : -1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "center" });
}
