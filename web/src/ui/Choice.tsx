// A few values of which one holds, side by side: native radios, so arrows and screen readers just work.
import { type ReactNode, useId } from "react";
import classes from "./Choice.module.css";

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: { value: Value; label: ReactNode }[];
  onChange: (value: Value) => void;
  /** Two to a row: for values that take more than a word. */
  paired?: boolean;
}

export function Choice<Value extends string>({ label, value, options, onChange, paired = false }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className={classes.choice}>
      <legend className={classes.legend}>{label}</legend>
      <div className={classes.options} data-paired={paired || undefined}>
        {options.map((option) => (
          <label key={option.value} className={classes.option}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
