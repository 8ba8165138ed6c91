// The live stream of a page that is being looked at: it ends when the tab is hidden or the page is left.
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { LiveStream, type StreamState } from "./LiveStream";
import { PicturePainter } from "./PicturePainter";
import type { Picture } from "./picture";

const TICK_MS = 250;

export interface Watched {
  /** Where the pictures are painted. */
  image: RefObject<HTMLImageElement | null>;
  picture: Picture | null;
  state: StreamState;
  /** This browser's time of the last look at `picture`: its age is as of then. */
  now_ms: number;
}

/** `address`: null asks for nothing, and keeps the last picture. */
export function useLiveStream(address: string | null): Watched {
  const image = useRef<HTMLImageElement>(null);
  const [state, setState] = useState<StreamState>({ step: "asking" });
  const [shown, setShown] = useState<{ picture: Picture | null; now_ms: number }>({ picture: null, now_ms: 0 });
  const wanted = useIsTabShown() ? address : null;

  useEffect(() => {
    if (wanted === null) return;
    let latest: Picture | null = null;
    const painter = new PicturePainter(() => image.current);
    const stream = new LiveStream(wanted, {
      onState: setState,
      onPicture: (picture) => {
        const isFirst = latest === null;
        latest = picture;
        painter.paint(picture.jpeg);
        // Until the page knows of a picture it hides the image.
        if (isFirst) setShown({ picture, now_ms: Date.now() });
      },
    });
    // Pictures are painted as they come; what is said about them changes a few times a second.
    const timer = setInterval(() => {
      setShown((before) => ({ picture: latest ?? before.picture, now_ms: Date.now() }));
    }, TICK_MS);
    return () => {
      clearInterval(timer);
      stream.stop();
      painter.end();
    };
  }, [wanted]);

  return { image, state, ...shown };
}

function useIsTabShown(): boolean {
  return useSyncExternalStore(subscribeToVisibility, () => document.visibilityState !== "hidden");
}

function subscribeToVisibility(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}
