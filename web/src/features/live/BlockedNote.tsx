// Why the controls are off, in words.
import IconLock from "@tabler/icons-react/dist/esm/icons/IconLock.mjs";
import { useTranslation } from "react-i18next";
import classes from "./BlockedNote.module.css";
import type { Blocked } from "./blocked";

export function BlockedNote({ blocked }: { blocked: Blocked }) {
  const { t } = useTranslation();
  return (
    <p className={classes.note} role="status" data-testid="controls-blocked" data-reason={blocked}>
      <IconLock size={18} stroke={2} aria-hidden="true" />
      <span>{t(`live.blocked.${blocked}`)}</span>
    </p>
  );
}
