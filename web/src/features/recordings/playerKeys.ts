// What a key does to the player. Pure.

export type PlayerAct = { do: "toggle" } | { do: "jump"; by_s: number } | { do: "clip"; by: 1 | -1 };

/** Null: it does nothing here. `onControl`: the focus is on a button or a link, whose own key the space bar is. */
export function playerAct(key: string, onControl: boolean): PlayerAct | null {
  switch (key) {
    case " ":
      return onControl ? null : { do: "toggle" };
    case "k":
      return { do: "toggle" };
    case "j":
      return { do: "jump", by_s: -10 };
    case "l":
      return { do: "jump", by_s: 10 };
    case "ArrowLeft":
      return onControl ? null : { do: "jump", by_s: -5 };
    case "ArrowRight":
      return onControl ? null : { do: "jump", by_s: 5 };
    case "n":
      return { do: "clip", by: 1 };
    case "p":
      return { do: "clip", by: -1 };
    default:
      return null;
  }
}

/** The id of the clip after (1) or before (-1) this one in time, of those that can be seen; null at either end. */
export function clipBeside(
  newestFirst: readonly { id: string; state: string }[],
  id: string,
  by: 1 | -1,
): string | null {
  const seen = newestFirst.filter((clip) => clip.state !== "deleted" || clip.id === id);
  const at = seen.findIndex((clip) => clip.id === id);
  return at === -1 ? null : (seen[at - by]?.id ?? null);
}
