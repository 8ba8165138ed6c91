// For how long a clip has been recorded: by the server's word on it, else since this page first saw it.
import { useState } from "react";
import { serverNow_ms } from "@/api/connection";
import { useRecording } from "@/api/recordings";
import { useNow_ms } from "@/format/useNow";

export function useRunning_s(clip_id: string): number {
  useNow_ms(1000);
  const now_ms = serverNow_ms();
  const [seen, setSeen] = useState({ clip_id, at_ms: now_ms });
  // Another clip has begun while this was on the page.
  if (seen.clip_id !== clip_id) setSeen({ clip_id, at_ms: now_ms });
  const told = useRecording(clip_id)?.started_at;
  const began_ms = told ? Date.parse(told) : seen.at_ms;
  return Math.max(0, Math.floor((now_ms - began_ms) / 1000));
}
