// What a zone does in a mode: a sign and a word, never a colour alone.
import IconBell from "@tabler/icons-react/dist/esm/icons/IconBell.mjs";
import IconHourglass from "@tabler/icons-react/dist/esm/icons/IconHourglass.mjs";
import IconMinus from "@tabler/icons-react/dist/esm/icons/IconMinus.mjs";
import IconRoute from "@tabler/icons-react/dist/esm/icons/IconRoute.mjs";
import { useTranslation } from "react-i18next";
import type { ZoneType } from "@/api/types";
import type { IconType } from "@/ui/icons";
import classes from "./ZonesPanel.module.css";

const ICONS: Record<"none" | ZoneType, IconType> = {
  none: IconMinus,
  instant: IconBell,
  delayed: IconHourglass,
  follower: IconRoute,
  always: IconBell,
};

export function DutySign({ duty }: { duty: "none" | ZoneType }) {
  const { t } = useTranslation();
  const Icon = ICONS[duty];
  return (
    <span className={classes.duty}>
      <Icon size={18} stroke={1.75} aria-hidden="true" />
      <span>{t(`zones.duty.${duty}`)}</span>
    </span>
  );
}
