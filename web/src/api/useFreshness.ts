// Freshness as hooks: what the shell shows, and whether controls may be used.
import { useMemo } from "react";
import { useNow_ms } from "@/format/useNow";
import { useConnection } from "./connection";
import { type Freshness, freshness, unreachableSince_ms } from "./freshness";
import { useDevices, useSite } from "./queries";

export function useFreshness(): Freshness {
  const connection = useConnection();
  const devices = useDevices().data;
  const site = useSite().data;
  const now_ms = useNow_ms(1000);
  return useMemo(() => freshness(connection, devices ?? [], site, now_ms), [connection, devices, site, now_ms]);
}

/** False while the server is unreachable: what is shown is old, and nothing may be asked of it. */
export function useReachable(): boolean {
  const now_ms = useNow_ms(1000);
  return unreachableSince_ms(useConnection(), now_ms) === null;
}

/** This browser's time up to which anything is known: now, or while the server is unreachable when it was last heard. */
export function useKnownAt_ms(): number {
  const now_ms = useNow_ms(1000);
  return unreachableSince_ms(useConnection(), now_ms) ?? now_ms;
}
