// A field for a number: what is being typed may be none yet, then the last good one holds.
import { useState } from "react";
import { Field } from "@/ui/Field";

interface NumberInputProps {
  label: string;
  hint?: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}

export function NumberInput({ label, hint, value, min, max, onChange }: NumberInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Field
      label={label}
      hint={hint}
      type="number"
      inputMode="decimal"
      min={min}
      max={max}
      value={typed ?? value}
      onBlur={() => setTyped(null)}
      onChange={({ target }) => {
        setTyped(target.value);
        const number = target.valueAsNumber;
        if (number >= min && number <= max) onChange(number);
      }}
    />
  );
}
