// What ails a device or the site, each with what to try.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import { useTranslation } from "react-i18next";
import type { Trouble } from "@/api/types";
import { Panel } from "./Panel";
import classes from "./TroublesPanel.module.css";
import { distinctTroubles, useTroubleWords } from "./troubleWords";

export function TroublesPanel({ troubles }: { troubles: Trouble[] }) {
  const { t } = useTranslation();
  const words = useTroubleWords();
  return (
    <Panel title={t("devices.trouble.heading")}>
      {troubles.length === 0 ? (
        <p className={classes.none}>
          <IconCircleCheck size={20} stroke={1.75} aria-hidden="true" />
          {t("devices.trouble.none")}
        </p>
      ) : (
        <ul className={classes.troubles}>
          {distinctTroubles(troubles).map((trouble) => {
            const { title, hint } = words(trouble);
            return (
              <li
                key={`${trouble.code} ${trouble.detail}`}
                className={classes.trouble}
                data-testid="trouble"
                data-code={trouble.code}
              >
                <IconAlertTriangle size={20} stroke={1.75} aria-hidden="true" />
                <div>
                  <p className={classes.title}>{title}</p>
                  {hint && <p className={classes.hint}>{hint}</p>}
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
