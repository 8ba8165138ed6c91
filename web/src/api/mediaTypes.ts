// TEMPORARY: replaced by the generated types.
export type DeletionReason = "too_many_bytes" | "too_old" | "disk_low" | "by_hand" | "empty";
export interface Cause { kind: "alarm" | "rule" | "command"; event_id?: string | null; zone?: string | null }
export interface Recording {
  id: string; device_id: string; state: "recording" | "uploading" | "finished" | "deleted";
  started_at?: string | null; received_at: string; duration_s: number; triggered_after_s: number; size_bytes: number; received_bytes: number;
  truncated: boolean; cause: Cause; angle_deg?: number | null; preset?: string | null; width: number; height: number; locked: boolean;
  sha256?: string | null; container?: "mp4" | "ts" | null; has_poster: boolean; note?: string | null; deleted_at?: string | null; deleted_reason?: DeletionReason | null;
}
export interface RecordingList { recordings: Recording[]; next: string | null }
export interface RecordingDay { day: string; count: number; duration_s: number; locked: number }
export interface RecordingDays { days: RecordingDay[] }
export interface Still { id: string; device_id: string; taken_at?: string | null; received_at: string; size_bytes: number; width: number; height: number; cause: Cause; angle_deg?: number | null; preset?: string | null; sha256?: string | null }
export interface StillList { stills: Still[] }
export interface MediaRoom { count: number; locked: number; used_bytes: number; max_bytes: number; free_bytes: number; min_free_bytes: number; max_days: number; days_left: number | null }
