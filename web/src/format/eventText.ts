// An event in words: what, where, how grave. Labels and icons come from the server's table of sensor kinds.
import type { SensorKindInfo, StoredEvent } from "@/api/types";
import { amount, duration, type Language } from "./time";

/** `triggered`: it opened an alert that nobody has acknowledged. `over`: the inactive edge. `plain`: no known kind. */
export type Severity = "triggered" | "acknowledged" | "detection" | "over" | "plain";

export interface EventText {
  /** `Movement`, `Movement over` or, for a type that no kind knows, its raw name. */
  what: string;
  /** `entrance`; empty when the payload does not say. */
  where: string;
  /** Name of the icon as in the kinds' table; `sensor` for the unknown. */
  icon: string;
  edge: "active" | "inactive" | "plain";
  /** How long it had been active, for an inactive edge that says so. */
  lasted: string | null;
}

/** Types that are Vigie's own, not a sensor's. */
const OWN_TYPES: Record<string, Record<Language, string>> = {
  gap: { en: "Events given up", fr: "Événements abandonnés" },
  event_conflict: { en: "Two events under one number", fr: "Deux événements sous un même numéro" },
  alarm: { en: "Alarm", fr: "Alarme" },
  clip: { en: "Recording", fr: "Enregistrement" },
  trouble: { en: "Trouble", fr: "Problème" },
  device_silent: {
    en: "A Pi is not heard while the site is guarded",
    fr: "Un Pi ne répond plus alors que le site est gardé",
  },
  bridge_silent: {
    en: "The bridge is gone while the site is guarded",
    fr: "Le pont a disparu alors que le site est gardé",
  },
  pin_failed: { en: "Wrong PINs were tried", fr: "Des codes faux ont été essayés" },
  duress: { en: "A duress PIN was used", fr: "Un code sous contrainte a été utilisé" },
};

/** Why events were given up, as the `details` of a `gap` event say it. */
const GAP_REASONS: Record<string, Record<Language, string>> = {
  log_full: { en: "the Pi’s log was full", fr: "le journal du Pi était plein" },
  memory_full: { en: "the Pi’s disk took nothing", fr: "le disque du Pi n’acceptait rien" },
  spool_full: { en: "the bridge had no room", fr: "le pont n’avait plus de place" },
  server_lost: {
    en: "the server lost them, the Pi has them no longer",
    fr: "le serveur les a perdus, le Pi ne les a plus",
  },
};

/** `4 events given up: the Pi’s log was full`; null for details that do not say. */
function gapWords(details: StoredEvent["details"], language: Language): string | null {
  const reason = GAP_REASONS[String(details?.reason)]?.[language];
  const count = details?.count;
  if (reason === undefined || typeof count !== "number") return null;
  const shown = amount(count, language);
  if (language === "fr") return `${shown} événement${count < 2 ? " abandonné" : "s abandonnés"} : ${reason}`;
  return `${shown} ${count === 1 ? "event" : "events"} given up: ${reason}`;
}

/** Whether Vigie itself tells it, in words of its own. */
export function isOwnType(type: string): boolean {
  return type in OWN_TYPES;
}

export function kindLabel(kind: SensorKindInfo, language: Language): string {
  return language === "fr" ? kind.label_fr : kind.label_en;
}

function overLabel(kind: SensorKindInfo, language: Language): string {
  return language === "fr" ? kind.inactive_label_fr : kind.inactive_label_en;
}

/** The kind's label of a sensor, or its raw name. */
export function sensorLabel(sensor: string, kinds: SensorKindInfo[], language: Language): string {
  const kind = kinds.find(({ name }) => name === sensor);
  return kind ? kindLabel(kind, language) : sensor;
}

export function describeType(type: string, kinds: SensorKindInfo[], language: Language) {
  const kind = kinds.find(({ active_type, inactive_type }) => type === active_type || type === inactive_type);
  if (kind === undefined) {
    return { what: OWN_TYPES[type]?.[language] ?? type, icon: "sensor", edge: "plain" as const };
  }
  const edge = type === kind.active_type ? ("active" as const) : ("inactive" as const);
  return { what: edge === "active" ? kindLabel(kind, language) : overLabel(kind, language), icon: kind.icon, edge };
}

export function describeEvent(
  event: Pick<StoredEvent, "type" | "details">,
  kinds: SensorKindInfo[],
  language: Language,
): EventText {
  const { what: label, icon, edge } = describeType(event.type, kinds, language);
  const what = (event.type === "gap" && gapWords(event.details, language)) || label;
  const location = event.details?.location;
  const duration_ms = event.details?.duration_ms;
  const lasted =
    edge === "inactive" && typeof duration_ms === "number" && duration_ms > 0
      ? duration(duration_ms / 1000, language)
      : null;
  return { what, icon, edge, where: typeof location === "string" ? location : "", lasted };
}

export function severityOf(text: EventText, alertState: "open" | "acknowledged" | undefined): Severity {
  if (alertState === "open") return "triggered";
  if (alertState === "acknowledged") return "acknowledged";
  if (text.edge === "active") return "detection";
  return text.edge === "inactive" ? "over" : "plain";
}
