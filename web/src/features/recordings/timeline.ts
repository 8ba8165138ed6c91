// Where clips and marks lie on the line of a day. Pure: milliseconds in, percent of the day's width out.

export interface Span {
  id: string;
  from_ms: number;
  until_ms: number;
}

export interface Block {
  id: string;
  left: number;
  width: number;
}

/** Narrower ones could not be hit: a clip of half a minute is 0.03 % of a day. */
export const MIN_WIDTH = 0.6;

/** Clips as blocks within the day. One that began the day before, or goes on after it, is cut there. */
export function blocks(spans: readonly Span[], since_ms: number, until_ms: number): Block[] {
  const length_ms = until_ms - since_ms;
  return spans
    .filter(({ from_ms, until_ms: end_ms }) => from_ms < until_ms && end_ms >= since_ms)
    .map(({ id, from_ms, until_ms: end_ms }) => {
      const left = percent(Math.max(from_ms, since_ms) - since_ms, length_ms);
      const right = percent(Math.min(end_ms, until_ms) - since_ms, length_ms);
      const width = Math.max(MIN_WIDTH, right - left);
      return { id, left: Math.min(left, 100 - width), width };
    })
    .sort((a, b) => a.left - b.left);
}

export interface MarkGroup<Item> {
  left: number;
  items: Item[];
}

/** Marks that lie too close to be told apart become one that counts. In their order in time. */
export function groupMarks<Item>(
  items: readonly Item[],
  moment: (item: Item) => number,
  since_ms: number,
  until_ms: number,
  apart = 1,
): MarkGroup<Item>[] {
  const groups: MarkGroup<Item>[] = [];
  const inside = items.filter((item) => moment(item) >= since_ms && moment(item) < until_ms);
  for (const item of inside.sort((a, b) => moment(a) - moment(b))) {
    const left = percent(moment(item) - since_ms, until_ms - since_ms);
    const last = groups.at(-1);
    if (last && left - last.left < apart) last.items.push(item);
    else groups.push({ left, items: [item] });
  }
  return groups;
}

/** Labels under the line: every so many hours, by the clock on the wall also where it changes. */
export function hourTicks(since_ms: number, until_ms: number, every = 3): { hour: number; left: number }[] {
  const day = new Date(since_ms);
  return Array.from({ length: Math.floor(24 / every) + 1 }, (_, index) => {
    const hour = index * every;
    const at_ms = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour).getTime();
    return { hour, left: Math.min(100, percent(at_ms - since_ms, until_ms - since_ms)) };
  });
}

function percent(part_ms: number, whole_ms: number): number {
  return Math.round((part_ms / whole_ms) * 100_000) / 1000;
}
