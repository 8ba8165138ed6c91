// Says since when the server is unreachable, on every page, until it is back.
import IconCloudOff from "@tabler/icons-react/dist/esm/icons/IconCloudOff.mjs";
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/connection";
import { clockTime, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./UnreachableBar.module.css";

export function UnreachableBar({ since_ms }: { since_ms: number | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { lastHeard_ms } = useConnection();
  let words = "";
  if (since_ms !== null) {
    const time =
      localDay(since_ms) === localDay(Date.now()) ? clockTime(since_ms, language) : shortMoment(since_ms, language);
    words = lastHeard_ms === null ? t("shell.unreachable_never") : t("shell.unreachable", { time });
  }
  return (
    <div role="status">
      {words && (
        <p className={classes.bar} data-testid="unreachable-bar">
          <IconCloudOff size={20} stroke={2} aria-hidden="true" />
          <span>{words}</span>
        </p>
      )}
    </div>
  );
}
