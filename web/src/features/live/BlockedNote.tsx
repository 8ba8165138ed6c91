// Why the controls are off, in words.
import IconLock from "@tabler/icons-react/dist/esm/icons/IconLock.mjs";
import { useTranslation } from "react-i18next";
import { MayNot } from "@/ui/MayNot";
import classes from "./BlockedNote.module.css";
import type { ControlsBlocked } from "./blocked";

export function BlockedNote({ blocked }: { blocked: ControlsBlocked }) {
  const { t } = useTranslation();
  if (blocked === "role") return <MayNot right="operate" />;
  return (
    <p className={classes.note} role="status" data-testid="controls-blocked" data-reason={blocked}>
      <IconLock size={18} stroke={2} aria-hidden="true" />
      <span>{t(`live.blocked.${blocked}`)}</span>
    </p>
  );
}
