// A device's state as a pill: icon, word and colour together, never colour alone.

import IconBroadcast from "@tabler/icons-react/dist/esm/icons/IconBroadcast.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconHourglassEmpty from "@tabler/icons-react/dist/esm/icons/IconHourglassEmpty.mjs";
import IconPlugConnectedX from "@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs";
import { useTranslation } from "react-i18next";
import type { DeviceState as State } from "@/api/types";
import classes from "./DeviceState.module.css";
import type { IconType } from "./icons";

const ICONS: Record<State, IconType> = {
  online: IconCircleCheck,
  silent: IconHourglassEmpty,
  offline: IconPlugConnectedX,
  unknown: IconBroadcast,
};

/** `stale`: the server cannot be asked, so the state is only what was known then: grey. */
interface DeviceStateProps {
  state: State;
  stale?: boolean;
  /** On a phone the icon stands alone to the eye. */
  compact?: boolean;
}

export function DeviceState({ state, stale = false, compact = false }: DeviceStateProps) {
  const { t } = useTranslation();
  const Icon = ICONS[state];
  return (
    <span
      className={classes.pill}
      data-state={state}
      data-stale={stale || undefined}
      data-compact={compact || undefined}
    >
      <Icon size={16} stroke={2} aria-hidden="true" />
      <span className={classes.word}>{t(`devices.state.${state}`)}</span>
    </span>
  );
}
