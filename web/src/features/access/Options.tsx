// A few values of which one holds, each with what it means.
import { useId } from "react";
import classes from "./Options.module.css";

interface OptionsProps<Value extends string> {
  legend: string;
  value: Value;
  options: { value: Value; label: string; means: string }[];
  onChange: (value: Value) => void;
}

export function Options<Value extends string>({ legend, value, options, onChange }: OptionsProps<Value>) {
  const name = useId();
  return (
    <fieldset className={classes.options}>
      <legend className={classes.legend}>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className={classes.option} data-testid={`option-${option.value}`}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            aria-describedby={`${name}-${option.value}`}
            onChange={() => onChange(option.value)}
          />
          <span>
            <span className={classes.label}>{option.label}</span>
            <span id={`${name}-${option.value}`} className={classes.means}>
              {option.means}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
