// Heartbeats as this page has heard them. The server keeps only the last one of a device, so the history starts when the
// page is opened; what was not heard because this page was cut off is told apart from what never came.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { connection, serverNow_ms } from "./connection";
import { type SeenDevice, unreachableSince_ms } from "./freshness";

export interface Beat {
  /** Which ten seconds of that boot. */
  beat: number;
  boot_id: string;
  /** By the server's clock. */
  at_ms: number;
}

export interface BeatHistory {
  /** Oldest first, at most one per beat. */
  beats: Beat[];
  /** When this page began to listen to this device. */
  watchedSince_ms: number;
  /** When this page saw it go offline; null while it is not, or when it was so already. */
  offlineAt_ms: number | null;
}

/** A time (server's clock) in which this page heard nothing of the server; `to_ms` is null while it lasts. */
export interface Deaf {
  from_ms: number;
  to_ms: number | null;
}

export interface Heard {
  histories: ReadonlyMap<string, BeatHistory>;
  deaf: readonly Deaf[];
}

const KEPT_BEATS = 360;
const KEPT_DEAF = 20;

export class HeartbeatLog {
  #heard: Heard = { histories: new Map(), deaf: [] };
  #states = new Map<string, string>();
  #listeners = new Set<() => void>();

  get = (): Heard => this.#heard;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The devices as they were just told, by list or by emit. `now_ms` by the server's clock. */
  take(devices: readonly SeenDevice[], now_ms: number): void {
    const histories = new Map(this.#heard.histories);
    let changed = false;
    for (const device of devices) {
      const before = histories.get(device.device_id);
      const after = this.#advance(before, device, now_ms);
      if (after !== before) {
        histories.set(device.device_id, after);
        changed = true;
      }
      this.#states.set(device.device_id, device.state);
    }
    if (changed) this.#set({ ...this.#heard, histories });
  }

  /** The connection to the server is there, or is not. */
  hears(yes: boolean, now_ms: number): void {
    const { deaf } = this.#heard;
    const last = deaf.at(-1);
    const isDeaf = last !== undefined && last.to_ms === null;
    if (yes && isDeaf) this.#set({ ...this.#heard, deaf: [...deaf.slice(0, -1), { ...last, to_ms: now_ms }] });
    if (!yes && !isDeaf) {
      this.#set({ ...this.#heard, deaf: [...deaf, { from_ms: now_ms, to_ms: null }].slice(-KEPT_DEAF) });
    }
  }

  /** Forgets all of it: somebody else looks from here. */
  forget(): void {
    this.#states.clear();
    this.#set({ histories: new Map(), deaf: [] });
  }

  #advance(history: BeatHistory | undefined, device: SeenDevice, now_ms: number): BeatHistory {
    let next = history ?? { beats: [], watchedSince_ms: now_ms, offlineAt_ms: null };
    const { heartbeat, heartbeat_at } = device;
    const last = next.beats.at(-1);
    if (heartbeat && heartbeat_at && (last?.beat !== heartbeat.beat || last.boot_id !== heartbeat.boot_id)) {
      const at_ms = Date.parse(heartbeat_at);
      // A list that was under way may bring an older heartbeat after a newer emit.
      if (last === undefined || at_ms > last.at_ms) {
        const beat = { beat: heartbeat.beat, boot_id: heartbeat.boot_id, at_ms };
        next = { ...next, beats: [...next.beats, beat].slice(-KEPT_BEATS) };
      }
    }
    const before = this.#states.get(device.device_id);
    const wentOffline = device.state === "offline" && before !== undefined && before !== "offline";
    const offlineAt_ms = wentOffline ? now_ms : device.state === "offline" ? next.offlineAt_ms : null;
    return offlineAt_ms === next.offlineAt_ms ? next : { ...next, offlineAt_ms };
  }

  #set(heard: Heard): void {
    this.#heard = heard;
    for (const listener of this.#listeners) listener();
  }
}

export const heartbeatLog = new HeartbeatLog();

/** Listens to the cached list of devices for as long as the page lives; returns what ends it. */
export function startHeartbeats(client: QueryClient, devicesKey: string): () => void {
  const stopCache = client.getQueryCache().subscribe(({ type, query }) => {
    if (type !== "updated" || query.queryKey[0] !== devicesKey) return;
    const devices: unknown = query.state.data;
    if (Array.isArray(devices)) heartbeatLog.take(devices as SeenDevice[], serverNow_ms());
  });
  const stopConnection = connection.subscribe(() => {
    const now = connection.get();
    const since_ms = unreachableSince_ms(now, Date.now());
    heartbeatLog.hears(since_ms === null, (since_ms ?? Date.now()) + now.clockOffset_ms);
  });
  return () => {
    stopCache();
    stopConnection();
  };
}

export function useHeard(): Heard {
  return useSyncExternalStore(heartbeatLog.subscribe, heartbeatLog.get);
}
