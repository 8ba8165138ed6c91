// Device, type and period. Native selects: they are what phones and screen readers know best.
import { useTranslation } from "react-i18next";
import { useDevices, useHours, useSite } from "@/api/queries";
import type { StoredEvent } from "@/api/types";
import { describeType } from "@/format/eventText";
import { useLanguage } from "@/i18n";
import classes from "./FilterBar.module.css";
import { type EventFilters, PERIODS, type Period } from "./useEventFilters";

const HOURS_OF_TYPES = 168;

export function FilterBar({ filters, events }: { filters: EventFilters; events: StoredEvent[] }) {
  const { t } = useTranslation();
  const devices = useDevices().data ?? [];
  const types = useTypeOptions(filters.type, events);
  const names = new Set(devices.map(({ device_id }) => device_id));
  if (filters.device) names.add(filters.device);
  return (
    <search className={classes.bar} aria-label={t("events.filter.label")}>
      <Select
        label={t("events.filter.device")}
        value={filters.device}
        onChange={(device) => filters.change({ device, event: null, at: null })}
        options={[
          ["", t("events.filter.all_devices")],
          ...[...names].sort().map((name): [string, string] => [name, name]),
        ]}
      />
      <Select
        label={t("events.filter.type")}
        value={filters.type}
        onChange={(type) => filters.change({ type, event: null, at: null })}
        options={[["", t("events.filter.all_types")], ...types]}
      />
      <Select
        label={t("events.filter.period")}
        value={filters.period}
        onChange={(period) =>
          filters.change({ period: period === "all" ? null : period, since: null, until: null, event: null, at: null })
        }
        options={[
          ["all", t("events.filter.period_all")],
          ...(Object.keys(PERIODS) as Period[]).map((period): [string, string] => [
            period,
            t(`events.filter.period_${period}`),
          ]),
          ["custom", t("events.filter.period_custom")],
        ]}
      />
      {filters.period === "custom" && (
        <>
          <Moment
            label={t("events.filter.since")}
            value={filters.since}
            onChange={(since) => filters.change({ since })}
          />
          <Moment
            label={t("events.filter.until")}
            value={filters.until}
            onChange={(until) => filters.change({ until })}
          />
        </>
      )}
      {filters.active && (
        <button type="button" className={classes.clear} onClick={filters.clear}>
          {t("events.filter.clear")}
        </button>
      )}
    </search>
  );
}

/** Every type worth offering: of the known kinds, of the last week, and of what is on the page. */
function useTypeOptions(chosen: string, events: StoredEvent[]): [string, string][] {
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds ?? [];
  const hours = useHours(HOURS_OF_TYPES).data ?? [];
  const types = new Set(kinds.flatMap(({ active_type, inactive_type }) => [active_type, inactive_type]));
  for (const { type } of hours) types.add(type);
  for (const { type } of events) types.add(type);
  if (chosen) types.add(chosen);
  return [...types].map((type) => [type, describeType(type, kinds, language).what]);
}

interface SelectProps {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}

function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <label className={classes.field}>
      <span className={classes.label}>{label}</span>
      <select className={classes.input} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A local date and time in, an ISO moment out. */
function Moment({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string | null) => void;
}) {
  return (
    <label className={classes.field}>
      <span className={classes.label}>{label}</span>
      <input
        type="datetime-local"
        className={classes.input}
        value={value && toLocalInput(value)}
        onChange={(event) => {
          const local = event.target.value;
          onChange(local ? new Date(local).toISOString() : null);
        }}
      />
    </label>
  );
}

function toLocalInput(iso: string): string {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
