// Keeps every cached timeline complete: takes emits as hints and asks for what was missed after each (re)connect.
import type { QueryClient } from "@tanstack/react-query";
import { request } from "./http";
import { addNewer, type EventFilter, newestCursor, type Timeline, trim } from "./timeline";
import type { EventPage, StoredEvent } from "./types";

export const TIMELINE_KEY = "timeline";
const PAGE = 1000;
const FIRST_PAGE = 100;
/** A longer absence than this many pages is not replayed: the lists are asked anew instead. */
const MAX_CATCH_UP_PAGES = 5;
const HOLE_AFTER_MS = 300;
const RECENT = 500;
const TIMELINE_LIMIT = 20_000;

type FetchPage = (params: string) => Promise<EventPage>;

const fetchFromServer: FetchPage = (params) => request<EventPage>(`/api/events?${params}`);

export class EventFeed {
  /** The last events heard, so that an answer that was already under way does not wipe them out. */
  recent: StoredEvent[] = [];
  readonly #queryClient: QueryClient;
  readonly #fetchPage: FetchPage;
  /** Everything up to this cursor is here; null before the first catch-up. */
  #synced: number | null = null;
  /** Cursors of emits above it that do not join on to it: something between may have been missed. */
  #above = new Set<number>();
  #holeTimer: ReturnType<typeof setTimeout> | undefined;
  #catchingUp: Promise<void> | null = null;
  /** Goes up when all is forgotten: an answer to what was asked before comes too late then. */
  #life = 0;

  constructor(queryClient: QueryClient, fetchPage: FetchPage = fetchFromServer) {
    this.#queryClient = queryClient;
    this.#fetchPage = fetchPage;
  }

  get syncedCursor(): number | null {
    return this.#synced;
  }

  /** An emit. One that leaves a hole below it, as a lost one does, has the server asked a moment later. */
  receive(event: StoredEvent): void {
    this.#apply([event]);
    this.#above.add(event.cursor);
    if (this.#catchingUp === null) this.#join();
  }

  /** Asks for everything after the last cursor. Rejects when the server cannot be asked; call it again then. */
  catchUp(): Promise<void> {
    if (this.#catchingUp !== null) return this.#catchingUp;
    const run = this.#run().finally(() => {
      if (this.#catchingUp === run) this.#catchingUp = null;
    });
    this.#catchingUp = run;
    return run;
  }

  /** Forgets all of it: somebody else looks from here. */
  forget(): void {
    this.#life += 1;
    clearTimeout(this.#holeTimer);
    this.#holeTimer = undefined;
    this.#catchingUp = null;
    this.#synced = null;
    this.#above.clear();
    this.recent = [];
  }

  async #page(params: string): Promise<EventPage> {
    const life = this.#life;
    const page = await this.#fetchPage(params);
    if (life !== this.#life) throw new Error("forgotten meanwhile");
    return page;
  }

  async #run(): Promise<void> {
    const known = this.#synced;
    if (known === null || !(await this.#replay(known))) await this.#startAfresh(known !== null);
    this.#join();
  }

  /** Moves the cursor over the emits that join on to it. */
  #join(): void {
    if (this.#synced === null) return;
    while (this.#above.delete(this.#synced + 1)) this.#synced += 1;
    for (const cursor of this.#above) if (cursor <= this.#synced) this.#above.delete(cursor);
    if (this.#above.size === 0 || this.#holeTimer !== undefined) return;
    this.#holeTimer = setTimeout(() => {
      this.#holeTimer = undefined;
      // When it fails the connection is in trouble, and the next one begins with a catch-up.
      this.catchUp().catch(() => undefined);
    }, HOLE_AFTER_MS);
  }

  /** False when the gap is too long, or when the server's history is not the one we knew. */
  async #replay(from: number): Promise<boolean> {
    let cursor = from;
    for (let page = 0; page < MAX_CATCH_UP_PAGES; page++) {
      const { events, next } = await this.#page(`after=${cursor}&limit=${PAGE}`);
      this.#apply(events);
      cursor = newestCursor(events) ?? cursor;
      this.#synced = cursor;
      if (next !== null) continue;
      return cursor > from || (await this.#isOurHistory(cursor));
    }
    return false;
  }

  /** A server whose newest event is below our cursor has been restored or emptied. */
  async #isOurHistory(cursor: number): Promise<boolean> {
    const { events } = await this.#page("limit=1");
    return (newestCursor(events) ?? 0) >= cursor;
  }

  async #startAfresh(reset: boolean): Promise<void> {
    if (reset) {
      this.recent = [];
      this.#above.clear();
      void this.#queryClient.resetQueries({ queryKey: [TIMELINE_KEY] });
    }
    const { events } = await this.#page(`limit=${FIRST_PAGE}`);
    this.#apply(events);
    this.#synced = newestCursor(events) ?? 0;
  }

  #apply(events: StoredEvent[]): void {
    if (events.length === 0) return;
    this.recent = [...this.recent, ...events].slice(-RECENT);
    for (const [key, timeline] of this.#queryClient.getQueriesData<Timeline>({ queryKey: [TIMELINE_KEY] })) {
      if (timeline === undefined) continue;
      const filter = (key[1] ?? {}) as EventFilter;
      this.#queryClient.setQueryData(key, trim(addNewer(timeline, events, filter), TIMELINE_LIMIT));
    }
  }
}

/** The event of that id, if any list that is loaded has it. */
export function findEvent(client: QueryClient, id: string): StoredEvent | undefined {
  return client
    .getQueriesData<Timeline>({ queryKey: [TIMELINE_KEY] })
    .flatMap(([, timeline]) => timeline?.events ?? [])
    .find((event) => event.id === id);
}
