// Which icon stands for what. A kind of sensor names its icon itself (sensor_kinds); unknown names get the neutral one.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDot from "@tabler/icons-react/dist/esm/icons/IconCircleDot.mjs";
import IconDoor from "@tabler/icons-react/dist/esm/icons/IconDoor.mjs";
import IconDroplet from "@tabler/icons-react/dist/esm/icons/IconDroplet.mjs";
import IconEye from "@tabler/icons-react/dist/esm/icons/IconEye.mjs";
import IconFlame from "@tabler/icons-react/dist/esm/icons/IconFlame.mjs";
import IconHelp from "@tabler/icons-react/dist/esm/icons/IconHelp.mjs";
import IconHome from "@tabler/icons-react/dist/esm/icons/IconHome.mjs";
import IconHourglass from "@tabler/icons-react/dist/esm/icons/IconHourglass.mjs";
import IconMoon from "@tabler/icons-react/dist/esm/icons/IconMoon.mjs";
import IconMovie from "@tabler/icons-react/dist/esm/icons/IconMovie.mjs";
import IconShield from "@tabler/icons-react/dist/esm/icons/IconShield.mjs";
import IconShieldOff from "@tabler/icons-react/dist/esm/icons/IconShieldOff.mjs";
import IconShoe from "@tabler/icons-react/dist/esm/icons/IconShoe.mjs";
import IconWalk from "@tabler/icons-react/dist/esm/icons/IconWalk.mjs";
import type { ComponentType } from "react";
import type { Mode } from "@/api/types";

export type IconType = ComponentType<{
  size?: number | string;
  stroke?: number | string;
  className?: string | undefined;
  "aria-hidden"?: "true";
}>;

const SENSOR_ICONS: Record<string, IconType> = {
  motion: IconWalk,
  mat: IconShoe,
  door: IconDoor,
  water: IconDroplet,
  smoke: IconFlame,
  trouble: IconAlertTriangle,
  mended: IconCircleCheck,
  clip: IconMovie,
  alarm: IconBellRinging,
  armed: IconShield,
  disarmed: IconShieldOff,
  delay: IconHourglass,
};

export function SensorIcon({ name, size = 20 }: { name: string; size?: number }) {
  const Icon = SENSOR_ICONS[name] ?? IconCircleDot;
  return <Icon size={size} stroke={1.75} aria-hidden="true" />;
}

/** The modes that can be chosen, in the order they are shown. */
export const MODES: readonly Mode[] = ["active", "surveillance", "night"];

export type ShownMode = Mode | "unknown";

const MODE_ICONS: Record<ShownMode, IconType> = {
  active: IconHome,
  surveillance: IconEye,
  night: IconMoon,
  unknown: IconHelp,
};

export function ModeIcon({ mode, size = 20 }: { mode: ShownMode; size?: number }) {
  const Icon = MODE_ICONS[mode];
  return <Icon size={size} stroke={1.75} aria-hidden="true" />;
}
