import type { Alert as GeneratedAlert, Problem as GeneratedProblem } from "./generated/vigie.schemas";

// The names of the API's shapes, in one place: everything else imports them from here, not from the generated file.
export type {
  AlertList,
  ClockQuality,
  CommandDone,
  Device,
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
  QuarantinedItem,
  QuarantineList,
  SensorKindInfo,
  Site,
  StoredEvent,
  StreamLedger,
  Trouble,
} from "./generated/vigie.schemas";
/** `silent`: shown on the page of the alerts and nowhere else. */
export type Alert = GeneratedAlert & { silent?: boolean };
/** `code`: what a program may act upon. */
export type Problem = GeneratedProblem & { code?: string };

export type {
  AuditEntry,
  AuditList,
  Guard,
  GuardDevice,
  PersonList,
  Replay,
  SiteZone,
  Stage,
  ZoneState,
  ZoneType,
} from "./alarmTypes";
