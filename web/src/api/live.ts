// The Socket.IO connection: every emit goes into the query cache, and on to who listens here (toasts, announcements).
import { useEffect, useRef } from "react";
import { io, type Socket } from "socket.io-client";
import { countEvent } from "@/format/hours";
import { mergeAlerts } from "./alerts";
import { connection } from "./connection";
import type { SeenDevice } from "./freshness";
import type { SeenGuard } from "./guard";
import { startHeartbeats } from "./heartbeats";
import { parseAlert, parseDevice, parseEvent, parseGuard, parseMode } from "./parse";
import { feed, keys, queryClient } from "./queries";
import { askForRecordingsAgain, receiveRecording, receiveStill } from "./recordings";
import { session } from "./session";
import type { Alert, HourCount, StoredEvent } from "./types";

interface News {
  /** A stored event, as it was emitted. */
  event: StoredEvent;
  /** An alert was opened or acknowledged. */
  alert: Alert;
  /** A command's progress: `{command_id, device_id, command, status, …}`. */
  command: Record<string, unknown>;
}

type Listeners = { [Name in keyof News]: Set<(news: News[Name]) => void> };

const listeners: Listeners = { event: new Set(), alert: new Set(), command: new Set() };
const HOURS_EVERY_MS = 5000;
const CATCH_UP_AGAIN_MS = 2000;
const CATCH_UP_EVERY_MS = 30_000;

function tell<Name extends keyof News>(name: Name, news: News[Name]): void {
  for (const listener of listeners[name]) listener(news);
}

/** Calls `listener` for each such emit while the component is there. */
export function useNews<Name extends keyof News>(name: Name, listener: (news: News[Name]) => void): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    const call = (news: News[Name]) => latest.current(news);
    listeners[name].add(call);
    return () => {
      listeners[name].delete(call);
    };
  }, [name]);
}

let hoursTimer: ReturnType<typeof setTimeout> | undefined;

function receiveEvent(payload: unknown): void {
  const event = parseEvent(payload);
  if (event === null) return;
  feed.receive(event);
  queryClient.setQueryData<SeenDevice[]>(keys.devices, (devices) =>
    devices?.map((device) => (device.device_id === event.device_id ? { ...device, last_event: event } : device)),
  );
  refreshHoursSoon(event);
  tell("event", event);
}

/** The hours' counts go up at once, and are asked again a little later, once for a whole burst. */
function refreshHoursSoon(event: StoredEvent): void {
  for (const [key, counts] of queryClient.getQueriesData<HourCount[]>({ queryKey: keys.hours })) {
    const device = key[2] as string | null;
    if (counts && (device === null || device === event.device_id))
      queryClient.setQueryData(key, countEvent(counts, event));
  }
  if (hoursTimer !== undefined) return;
  hoursTimer = setTimeout(() => {
    hoursTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: keys.hours });
  }, HOURS_EVERY_MS);
}

function receiveDevice(payload: unknown): void {
  const device = parseDevice(payload);
  if (device === null) return;
  const seen: SeenDevice = { ...device, seenAt_ms: Date.now() };
  queryClient.setQueryData<SeenDevice[]>(keys.devices, (devices) => {
    if (devices === undefined) return undefined;
    const others = devices.filter((other) => other.device_id !== seen.device_id);
    return [...others, seen].sort((a, b) => a.device_id.localeCompare(b.device_id));
  });
}

/** An answer that is under way was made before this emit and would undo it: it is dropped and asked again. */
function askAgainIfOvertaken(queryKey: readonly string[]): void {
  if (queryClient.isFetching({ queryKey }) > 0) void queryClient.invalidateQueries({ queryKey });
}

function receiveAlert(payload: unknown): void {
  const alert = parseAlert(payload);
  if (alert === null) return;
  queryClient.setQueryData<Alert[]>(keys.alerts, (alerts) => (alerts ? mergeAlerts(alerts, [alert]) : undefined));
  askAgainIfOvertaken(keys.alerts);
  tell("alert", alert);
}

function receiveGuard(payload: unknown): void {
  const guard = parseGuard(payload);
  if (guard === null) return;
  queryClient.setQueryData<SeenGuard>(keys.guard, { ...guard, seenAt_ms: Date.now() });
  askAgainIfOvertaken(keys.guard);
}

function receive(name: string, payload: unknown): void {
  connection.socketHeard();
  if (name === "mode") {
    const mode = parseMode(payload);
    if (mode !== null) queryClient.setQueryData(keys.mode, mode);
    askAgainIfOvertaken(keys.mode);
  } else if (name === "guard") receiveGuard(payload);
  else if (name === "device") receiveDevice(payload);
  else if (name === "alert") receiveAlert(payload);
  else if (name === "command") tell("command", payload as Record<string, unknown>);
  else if (name === "recording") receiveRecording(queryClient, payload);
  else if (name === "still") receiveStill(queryClient, payload);
  else receiveEvent(payload);
}

/** Connects and stays connected; returns what ends it. */
export function startLive(): () => void {
  const socket = io({ transports: ["websocket", "polling"], reconnectionDelay: 500, reconnectionDelayMax: 4000 });
  let again: ReturnType<typeof setTimeout> | undefined;

  // Emits are hints. Whatever happened while there was no connection is asked for, whatever failed is asked again.
  const refresh = () => {
    clearTimeout(again);
    for (const queryKey of [keys.devices, keys.mode, keys.guard, keys.alerts, keys.site, keys.hours]) {
      void queryClient.invalidateQueries({ queryKey });
    }
    askForRecordingsAgain(queryClient);
    void queryClient.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" });
    feed.catchUp().catch(() => {
      if (socket.connected) again = setTimeout(refresh, CATCH_UP_AGAIN_MS);
    });
  };
  hangUpWhenTold(socket);
  let wasConnected = false;
  socket.on("connect", () => {
    connection.socketUp();
    // The server hangs up also when who this is may do other things now.
    if (wasConnected) void session.ask();
    wasConnected = true;
    refresh();
  });
  socket.on("disconnect", () => connection.socketDown());
  socket.on("connect_error", () => {
    connection.socketDown();
    // A handshake that was refused looks like any other that failed.
    void session.ask();
  });
  socket.onAny(receive);

  const stops = [
    startHeartbeats(queryClient, keys.devices[0]),
    watchBrowser(socket, refresh),
    watchServer(socket, refresh),
    () => clearTimeout(again),
    () => socket.disconnect(),
  ];
  return () => {
    for (const stop of stops) stop();
    connection.socketUnused();
  };
}

/** A server that shows somebody out says so and waits for them to hang up; over a WebSocket the client's library does not. */
function hangUpWhenTold(socket: Socket): void {
  socket.io.on("open", () => {
    const { engine } = socket.io;
    engine.on("packet", ({ type }) => {
      if (type === "close") engine.close();
    });
  });
}

/** The browser's own network, and the page being looked at again: a phone that wakes up may hold a dead socket. */
function watchBrowser(socket: Socket, refresh: () => void): () => void {
  const networkChanged = () => {
    connection.set({ browserOnline: navigator.onLine });
    if (navigator.onLine && !socket.connected) socket.connect();
  };
  const shownAgain = () => {
    if (document.visibilityState !== "visible") return;
    if (socket.connected) refresh();
    else socket.connect();
  };
  window.addEventListener("online", networkChanged);
  window.addEventListener("offline", networkChanged);
  document.addEventListener("visibilitychange", shownAgain);
  return () => {
    window.removeEventListener("online", networkChanged);
    window.removeEventListener("offline", networkChanged);
    document.removeEventListener("visibilitychange", shownAgain);
  };
}

/** A server that hung and is back may have kept the socket and lost emits; and the last emit before a silence may be. */
function watchServer(socket: Socket, refresh: () => void): () => void {
  let failing = false;
  const stop = connection.subscribe(() => {
    const { requests } = connection.get();
    const isBack = failing && requests === "answered" && socket.connected;
    failing = requests === "failing";
    if (isBack) refresh();
  });
  const timer = setInterval(() => {
    if (socket.connected) feed.catchUp().catch(() => undefined);
  }, CATCH_UP_EVERY_MS);
  return () => {
    stop();
    clearInterval(timer);
  };
}
