// A zone as its Pi's configuration has it, and the lines that change it: the configuration lives on the Pi, not here. Pure.
import type { Mode, SiteZone, ZoneType } from "@/api/types";

export interface Filters {
  hold_s: number;
  pulses: number;
  pulses_within_s: number;
  cooldown_s: number;
  confirm_by: string[];
  confirm_within_s: number;
}

/** As on the Pi: what is not in the file. */
export const NO_FILTERS: Filters = {
  hold_s: 0,
  pulses: 1,
  pulses_within_s: 10,
  cooldown_s: 0,
  confirm_by: [],
  confirm_within_s: 30,
};

export const GUARD_MODES: readonly Mode[] = ["surveillance", "night"];
export const ZONE_TYPES: readonly ZoneType[] = ["instant", "delayed", "follower", "always"];

export interface ZoneConfig {
  type: ZoneType;
  modes: Mode[];
  filters: Filters;
  /** Of the servo: not changed here, but not lost either. */
  preset: string | null;
}

/** The filters as the zone's state tells them; only those that are in use are there. */
export function filtersOf(zone: Pick<SiteZone, "filters">): Filters {
  const told = zone.filters ?? {};
  const number = (name: Exclude<keyof Filters, "confirm_by">) => {
    const value = told[name];
    return typeof value === "number" && Number.isFinite(value) ? value : NO_FILTERS[name];
  };
  const by = told.confirm_by;
  return {
    hold_s: number("hold_s"),
    pulses: number("pulses"),
    pulses_within_s: number("pulses_within_s"),
    cooldown_s: number("cooldown_s"),
    confirm_by: Array.isArray(by) ? by.filter((name) => typeof name === "string") : [],
    confirm_within_s: number("confirm_within_s"),
  };
}

export function configOf(zone: SiteZone): ZoneConfig {
  const modes = GUARD_MODES.filter((mode) => zone.modes.includes(mode));
  return { type: zone.type, modes, filters: filtersOf(zone), preset: zone.preset ?? null };
}

/** Whether it guards in that mode, and what a trip then leads to. */
export function dutyIn(zone: Pick<SiteZone, "type" | "modes">, mode: Mode): "none" | ZoneType {
  if (zone.type === "always") return "always";
  return mode !== "active" && zone.modes.includes(mode) ? zone.type : "none";
}

/** The table of that zone in the Pi's TOML; what is the default is left out. */
export function zoneToml(sensor: string, { type, modes, filters, preset }: ZoneConfig): string {
  const lines = [`[zones.${sensor}]`];
  if (type !== "instant") lines.push(`type = "${type}"`);
  if (type !== "always" && modes.length !== GUARD_MODES.length) lines.push(`modes = ${list(modes)}`);
  if (filters.hold_s > 0) lines.push(`hold_s = ${filters.hold_s}`);
  if (filters.pulses > 1) lines.push(`pulses = ${filters.pulses}`, `pulses_within_s = ${filters.pulses_within_s}`);
  if (filters.cooldown_s > 0) lines.push(`cooldown_s = ${filters.cooldown_s}`);
  if (filters.confirm_by.length > 0) {
    lines.push(`confirm_by = ${list(filters.confirm_by)}`, `confirm_within_s = ${filters.confirm_within_s}`);
  }
  if (preset !== null) lines.push(`preset = ${JSON.stringify(preset)}`);
  return `${lines.join("\n")}\n`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
}
