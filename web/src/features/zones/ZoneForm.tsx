// The fields of a zone's configuration. Nothing is sent anywhere: it is tried out, and copied to the Pi.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Choice } from "@/ui/Choice";
import { Field, Tick } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { useZoneWords } from "@/ui/useZoneWords";
import classes from "./ZonePage.module.css";
import { type Filters, GUARD_MODES, ZONE_TYPES, type ZoneConfig } from "./zoneConfig";

interface ZoneFormProps {
  config: ZoneConfig;
  /** The other zones of the site, `device/sensor`: what can confirm. */
  others: string[];
  onChange: (config: ZoneConfig) => void;
}

export function ZoneForm({ config, others, onChange }: ZoneFormProps) {
  const { t } = useTranslation();
  const { type, modes, filters } = config;
  const setFilters = (change: Partial<Filters>) => onChange({ ...config, filters: { ...filters, ...change } });
  const toggled = <Item,>(items: Item[], item: Item) =>
    items.includes(item) ? items.filter((other) => other !== item) : [...items, item];
  return (
    <Panel>
      <form className={classes.form} data-testid="zone-form" onSubmit={(event) => event.preventDefault()}>
        <Choice
          label={t("zones.page.type")}
          paired
          value={type}
          options={ZONE_TYPES.map((value) => ({ value, label: t(`zones.duty.${value}`) }))}
          onChange={(chosen) => onChange({ ...config, type: chosen })}
        />
        <p className={classes.hint}>{t(`zones.page.explain.${type}`)}</p>
        {type !== "always" && (
          <fieldset className={classes.group}>
            <legend>{t("zones.page.modes")}</legend>
            {GUARD_MODES.map((mode) => (
              <Tick
                key={mode}
                label={t(`mode.word.${mode}`)}
                checked={modes.includes(mode)}
                onChange={() =>
                  onChange({ ...config, modes: GUARD_MODES.filter((one) => toggled(modes, mode).includes(one)) })
                }
              />
            ))}
          </fieldset>
        )}
        <FilterFields filters={filters} onChange={setFilters} />
        <Confirmation
          filters={filters}
          others={others}
          onChange={setFilters}
          toggle={(name) => setFilters({ confirm_by: toggled(filters.confirm_by, name) })}
        />
      </form>
    </Panel>
  );
}

interface FilterProps {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
}

type NumberFilter = Exclude<keyof Filters, "confirm_by">;

/** What the Pi accepts. */
const BOUNDS: Record<NumberFilter, { min: number; max: number; step: number }> = {
  hold_s: { min: 0, max: 600, step: 0.5 },
  pulses: { min: 1, max: 20, step: 1 },
  pulses_within_s: { min: 1, max: 3600, step: 1 },
  cooldown_s: { min: 0, max: 86_400, step: 1 },
  confirm_within_s: { min: 1, max: 3600, step: 1 },
};

function NumberField({
  name,
  label,
  hint,
  filters,
  onChange,
}: FilterProps & { name: NumberFilter; label: string; hint: string }) {
  const { min, max, step } = BOUNDS[name];
  // What is being typed may be no number yet, or be out of bounds: then the last good one holds.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Field
      label={label}
      hint={hint}
      type="number"
      inputMode="decimal"
      name={name}
      min={min}
      max={max}
      step={step}
      value={typed ?? filters[name]}
      onBlur={() => setTyped(null)}
      onChange={({ target }) => {
        setTyped(target.value);
        const value = name === "pulses" ? Math.round(target.valueAsNumber) : target.valueAsNumber;
        if (value >= min && value <= max) onChange({ [name]: value });
      }}
    />
  );
}

function FilterFields(props: FilterProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.group}>
      <legend>{t("zones.page.filters")}</legend>
      <div className={classes.fields}>
        <NumberField {...props} name="hold_s" label={t("zones.page.hold")} hint={t("zones.page.zero")} />
        <NumberField {...props} name="cooldown_s" label={t("zones.page.cooldown")} hint={t("zones.page.zero")} />
        <NumberField {...props} name="pulses" label={t("zones.page.pulses")} hint={t("zones.page.one")} />
        {props.filters.pulses > 1 && (
          <NumberField
            {...props}
            name="pulses_within_s"
            label={t("zones.page.pulses_within")}
            hint={t("zones.page.seconds")}
          />
        )}
      </div>
    </fieldset>
  );
}

function Confirmation(props: FilterProps & { others: string[]; toggle: (name: string) => void }) {
  const { t } = useTranslation();
  const zoneWords = useZoneWords();
  const { filters, others, toggle } = props;
  const names = [...new Set([...others, ...filters.confirm_by])];
  return (
    <fieldset className={classes.group}>
      <legend>{t("zones.page.confirm_by")}</legend>
      {names.length === 0 && <p className={classes.hint}>{t("zones.page.nobody")}</p>}
      {names.map((name) => {
        const { name: words, device_id } = zoneWords(name);
        return (
          <Tick
            key={name}
            label={`${words} · ${device_id}`}
            checked={filters.confirm_by.includes(name)}
            onChange={() => toggle(name)}
          />
        );
      })}
      {filters.confirm_by.length > 0 && (
        <NumberField
          filters={filters}
          onChange={props.onChange}
          name="confirm_within_s"
          label={t("zones.page.confirm_within")}
          hint={t("zones.page.seconds")}
        />
      )}
    </fieldset>
  );
}
