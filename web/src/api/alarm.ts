// The alarm's side of the server as hooks: how it is guarded now, and asking for another mode.
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useNow_ms } from "@/format/useNow";
import { useConnection } from "./connection";
import type { SeenDevice } from "./freshness";
import { type SeenGuard, type Truth, truthOf } from "./guard";
import { request } from "./http";
import { newerMode } from "./modeStamp";
import { parseGuard } from "./parse";
import { keys, useDevices, useMode } from "./queries";
import type { Mode, ModeState } from "./types";
import { useFreshness } from "./useFreshness";

const GUARD_EVERY_MS = 5000;

export function useGuard() {
  return useQuery({
    queryKey: keys.guard,
    queryFn: async ({ signal }): Promise<SeenGuard> => {
      const guard = parseGuard(await request<unknown>("/api/alarm", { signal }));
      if (guard === null) throw new Error("the server's answer is no state of an alarm");
      return { ...guard, seenAt_ms: Date.now() };
    },
    refetchInterval: GUARD_EVERY_MS,
    refetchIntervalInBackground: true,
  });
}

/** What may be said of the alarm, second by second. */
export function useTruth(): Truth {
  const { data: guard, isError, errorUpdateCount } = useGuard();
  const { unreachableSince_ms, cutAt, silentDevices } = useFreshness();
  const register = useMode().data;
  const { clockOffset_ms } = useConnection();
  const devices = useDevices().data;
  const now_ms = useNow_ms(1000);
  const delays = useMemo(() => delaysOf(devices ?? []), [devices]);
  return truthOf({
    guard,
    chosen: register?.known ? register.mode : null,
    // While a first answer is asked for again after a refusal, the query counts as pending: it is still refused.
    refused: isError || (guard === undefined && errorUpdateCount > 0),
    reachable: unreachableSince_ms === null,
    cutAt,
    silent: silentDevices,
    delays,
    now_ms,
    serverNow_ms: now_ms + clockOffset_ms,
  });
}

/** How long exit and entry delay are, as each Pi's retained state of the alarm says. */
function delaysOf(devices: SeenDevice[]): ReadonlyMap<string, { arming: number; pending: number }> {
  const seconds = (value: unknown) => (typeof value === "number" ? value : 0);
  return new Map(
    devices.map(({ device_id, states }) => {
      const alarm = states?.alarm;
      return [device_id, { arming: seconds(alarm?.exit_delay_s), pending: seconds(alarm?.entry_delay_s) }];
    }),
  );
}

export interface ModeRequest {
  mode: Mode;
  /** Zones (`device/sensor`) that are not to guard until the site is disarmed. */
  bypass: string[];
}

/** `PUT /api/mode`: resolves when the broker has it, rejects with a `ProblemError` when it was refused. */
export async function changeMode(client: QueryClient, { mode, bypass }: ModeRequest, pin?: string): Promise<void> {
  const body = { mode, ...(pin === undefined ? {} : { pin }), ...(bypass.length > 0 ? { bypass } : {}) };
  const state = await request<ModeState>("/api/mode", { method: "PUT", body });
  client.setQueryData<ModeState>(keys.mode, (known) => newerMode(known, state));
  void client.invalidateQueries({ queryKey: keys.guard });
}
