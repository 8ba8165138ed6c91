// The newest picture of a camera that the server has, for when there is no live.
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { lookForRefusal } from "@/api/http";
import { useReachable } from "@/api/useFreshness";

const EVERY_MS = 30_000;

export interface Snapshot {
  url: string;
  /** ISO; null where nobody knows. */
  taken_at: string | null;
}

/** Undefined while it is not known, null where the server has none. */
export function useSnapshot(device_id: string, wanted: boolean): Snapshot | null | undefined {
  const reachable = useReachable();
  const { data } = useQuery({
    queryKey: ["snapshot", device_id],
    enabled: wanted && reachable,
    refetchInterval: EVERY_MS,
    // An object's address is of no use once it is revoked, so nothing outlives the page.
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Snapshot | null> => {
      const response = await fetch(`/api/cameras/${device_id}/snapshot.jpg`, { signal, cache: "no-store" });
      lookForRefusal(response);
      if (!response.ok) return null;
      return { url: URL.createObjectURL(await response.blob()), taken_at: response.headers.get("x-taken-at") };
    },
  });
  useEffect(() => () => void (data && URL.revokeObjectURL(data.url)), [data]);
  return data;
}
