// j / k: next and previous event, in the drawer while it is open, else by moving the focus through the list.
import { useEffect } from "react";
import type { StoredEvent } from "@/api/types";
import { isTyping, shortcutsOn } from "@/ui/shortcuts";
import { neighbours } from "./rows";
import type { OpenEvent } from "./useOpenEvent";

export function useListKeys(events: StoredEvent[], open: OpenEvent): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || !shortcutsOn()) return;
      if (event.key !== "j" && event.key !== "k") return;
      const down = event.key === "j";
      event.preventDefault();
      if (open.id === null) {
        moveFocus(down);
        return;
      }
      const near = neighbours(events, open.id);
      const next = down ? near.older : near.newer;
      if (next) open.go(next);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [events, open]);
}

/** To the next card in the document; the virtual list keeps some beyond both edges of the screen. */
function moveFocus(down: boolean): void {
  const cards = [...document.querySelectorAll<HTMLElement>('[data-testid="event-card"]')].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  const at = cards.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? cards[0] : cards[at + (down ? 1 : -1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "center" });
}
