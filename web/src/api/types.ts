import type { SiteAlarmState } from "./generated/vigie.schemas";

export type * from "./mediaTypes";

// The names of the API's shapes, in one place: everything else imports them from here, not from the generated file.
export type {
  AlarmReplayed as Replay,
  Alert,
  AlertList,
  AuditEntry,
  AuditList,
  ClockQuality,
  CommandDone,
  Device,
  DeviceAlarm,
  DeviceList,
  DeviceState,
  EventPage,
  Health,
  HourCount,
  HourCounts,
  Ledger,
  LedgerList,
  Mode,
  ModeState,
  PersonList,
  Problem,
  QuarantinedItem,
  QuarantineList,
  SensorKindInfo,
  Site,
  SiteAlarm as Guard,
  SiteZone,
  StoredEvent,
  StreamLedger,
  Trouble,
  ZoneType,
} from "./generated/vigie.schemas";

/** A state of the alarm that somebody knows. */
export type Stage = Exclude<SiteAlarmState, "unknown">;
