// Where one is on the page of the recordings: day, camera and open clip, all in the address.
import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { serverNow_ms } from "@/api/connection";
import { localDay } from "@/format/time";
import { isDay } from "./dayGrid";

export interface RecordingsPlace {
  day: string;
  today: string;
  device_id: string | undefined;
  clip: string | null;
  goToDay: (day: string) => void;
  choose: (clip: string | null) => void;
  filter: (device_id: string) => void;
}

export function useRecordingsPlace(): RecordingsPlace {
  const [search, setSearch] = useSearchParams();
  const today = localDay(serverNow_ms());
  const asked = search.get("day");
  const change = useCallback(
    (changes: Record<string, string | null>) =>
      setSearch(
        (now) => {
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === "") now.delete(name);
            else now.set(name, value);
          }
          return now;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return {
    day: isDay(asked) && asked <= today ? asked : today,
    today,
    device_id: search.get("device") || undefined,
    clip: search.get("clip"),
    goToDay: (day) => change({ day: day === today ? null : day, clip: null }),
    choose: (clip) => change({ clip }),
    filter: (device_id) => change({ device: device_id, clip: null }),
  };
}
