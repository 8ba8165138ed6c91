// The player's keys, while its page is open and nobody types.
import { type RefObject, useEffect, useRef } from "react";
import { isTyping, shortcutsOn } from "@/ui/shortcuts";
import { playerAct } from "./playerKeys";

const CONTROLS = "button, a, summary, [role=dialog] *, table *";

export function usePlayerKeys(video: RefObject<HTMLVideoElement | null>, go: (by: 1 | -1) => void): void {
  const latest = useRef(go);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || !shortcutsOn()) return;
      const act = playerAct(event.key, event.target instanceof Element && event.target.matches(CONTROLS));
      if (act === null) return;
      // Also keeps the video from doing with the same key what it has in mind itself.
      event.preventDefault();
      const player = video.current;
      if (act.do === "clip") latest.current(act.by);
      else if (player === null) return;
      else if (act.do === "jump") player.currentTime = Math.max(0, player.currentTime + act.by_s);
      // Play may be refused, as by a video that cannot be loaded: its own error says so.
      else if (player.paused) player.play().catch(() => undefined);
      else player.pause();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [video]);
}
