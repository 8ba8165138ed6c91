// Keys that work everywhere: g + letter goes to a page, ? opens the help. They can be switched off (WCAG 2.1.4).
import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { isTyping, shortcutsOn } from "@/ui/shortcuts";
import { PAGES } from "./pages";

const SECOND_KEY_WITHIN_MS = 1500;

export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const pressedG_ms = useRef(0);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || !shortcutsOn()) return;
      if (event.key === "?") {
        event.preventDefault();
        onHelp();
        return;
      }
      const afterG = event.timeStamp - pressedG_ms.current < SECOND_KEY_WITHIN_MS;
      pressedG_ms.current = event.key === "g" ? event.timeStamp : 0;
      const page = afterG ? PAGES.find(({ key }) => key === event.key) : undefined;
      if (page) {
        event.preventDefault();
        navigate(page.path);
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [navigate, onHelp]);
}
