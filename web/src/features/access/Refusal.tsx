// Why the server refused, and the wait that it asks for, counted down.
import "@/i18n/access";
import { useTranslation } from "react-i18next";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useLeftUntil_s } from "@/ui/useLeft";
import classes from "./Access.module.css";
import type { Attempt } from "./useAttempt";

export function Refusal({ of, testid }: { of: Pick<Attempt, "refused" | "until_ms">; testid: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const left_s = useLeftUntil_s(of.until_ms);
  return (
    <div className={classes.refusal}>
      <p className={classes.refused} role="alert" data-testid={testid}>
        {of.refused}
      </p>
      {/* The seconds tick: a screen reader must not hear each of them, only when they are over. */}
      <p className={classes.wait} role="status" data-testid={`${testid}-wait`} data-left={left_s || undefined}>
        {of.until_ms === null ? null : left_s === 0 ? (
          t("access.wait.over")
        ) : (
          <>
            {t("access.wait.next")} <span aria-live="off">{duration(left_s, language)}</span>
          </>
        )}
      </p>
    </div>
  );
}
