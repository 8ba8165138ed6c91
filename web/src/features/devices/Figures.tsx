// Named figures side by side. A value that is not known is a dash, never a zero.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Figures.module.css";

export function Figures({ children, stale = false }: { children: ReactNode; stale?: boolean }) {
  return (
    <dl className={classes.figures} data-stale={stale || undefined}>
      {children}
    </dl>
  );
}

interface FigureProps {
  label: string;
  value: ReactNode;
  note?: string | undefined;
  tone?: "trouble" | "missing" | undefined;
  testid?: string;
  /** Long values that are no figures: identifiers, lists. */
  plain?: boolean;
}

export function Figure({ label, value, note, tone, testid, plain = false }: FigureProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.figure} data-testid={testid}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value} data-tone={tone} data-plain={plain || undefined}>
        {value ?? (
          <span className={classes.none}>
            <span aria-hidden="true">–</span>
            <span className={classes.spoken}>{t("devices.not_known")}</span>
          </span>
        )}
      </dd>
      {note && <dd className={classes.note}>{note}</dd>}
    </div>
  );
}
