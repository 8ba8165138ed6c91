// A labelled field of a form, native inside, so that every keyboard, screen reader and phone knows it.
import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";
import classes from "./Field.module.css";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement> | undefined;
  label: string;
  /** What it means, or its unit. */
  hint?: ReactNode;
  error?: string | null;
}

export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId();
  const about = `${id}-about`;
  const hasMore = Boolean(error || hint);
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <input
        {...input}
        id={id}
        className={classes.input}
        aria-describedby={hasMore ? about : undefined}
        aria-invalid={error ? true : undefined}
      />
      {hasMore && (
        <p id={about} className={error ? classes.error : classes.hint}>
          {error || hint}
        </p>
      )}
    </div>
  );
}

/** A box to tick, with its words; as high as a finger. */
export function Tick({ label, ...input }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={classes.tick}>
      <input type="checkbox" {...input} />
      <span>{label}</span>
    </label>
  );
}
