// In the place of data that could not be loaded: the server's own words, and another try.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/http";
import classes from "./EmptyState.module.css";

/** The reason of a failed request in words fit for people: the problem's detail, else that nobody answered. */
export function useReason(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => (error instanceof ProblemError ? error.message : t("shell.no_answer"));
}

export function LoadError({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const reason = useReason();
  return (
    <div className={classes.empty}>
      <p className={classes.title}>{t("shell.load_failed")}</p>
      <p className={classes.text}>{reason(error)}</p>
      <Button variant="default" h={44} onClick={retry}>
        {t("shell.retry")}
      </Button>
    </div>
  );
}
