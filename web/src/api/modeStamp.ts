// Which of two mode records is the newer one: as in the protocol, the larger stamp wins.
import type { ModeState } from "./types";

/** `[physical_ms, counter, writer]`, compared in this order. */
function stampOf(state: ModeState): [number, number, string] {
  const [physical_ms, counter, writer] = (state.stamp ?? []) as unknown[];
  return [Number(physical_ms ?? 0), Number(counter ?? 0), String(writer ?? "")];
}

/** `incoming`, unless `known` is newer: the answer to a request may come after the news of a later change. */
export function newerMode(known: ModeState | undefined, incoming: ModeState): ModeState {
  if (known === undefined || !known.known) return incoming;
  const [mine, theirs] = [stampOf(known), stampOf(incoming)];
  const differing = mine.findIndex((part, index) => part !== theirs[index]);
  if (differing === -1) return incoming;
  return (mine[differing] ?? 0) > (theirs[differing] ?? 0) ? known : incoming;
}
