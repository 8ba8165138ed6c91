// The servo's controls: steps, slider, presets, keys while the pad has the focus, and what became of the last command.
import IconArrowBigLeft from "@tabler/icons-react/dist/esm/icons/IconArrowBigLeft.mjs";
import IconArrowBigRight from "@tabler/icons-react/dist/esm/icons/IconArrowBigRight.mjs";
import IconFocusCentered from "@tabler/icons-react/dist/esm/icons/IconFocusCentered.mjs";
import { type KeyboardEvent, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { amount } from "@/format/time";
import { useLanguage } from "@/i18n";
import { BlockedNote } from "./BlockedNote";
import type { ControlsBlocked } from "./blocked";
import { CommandStatus } from "./CommandStatus";
import { HoldButton, REPEAT_EVERY_MS } from "./HoldButton";
import classes from "./ServoPad.module.css";
import { ServoSlider } from "./ServoSlider";
import { isAt, type Preset, type Servo, type Turn, turnOfKey } from "./servo";
import { useServoTurns } from "./useServoTurns";

interface ServoPadProps {
  device_id: string;
  servo: Servo;
  /** Why nothing can be asked now; null when it can. */
  blocked: ControlsBlocked | null;
}

export function ServoPad({ device_id, servo, blocked }: ServoPadProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const hint = useId();
  const { phase, isBusy, asked_deg, turn } = useServoTurns(device_id, servo);
  const disabled = blocked !== null;
  const onKeyDown = usePadKeys(servo.presets, disabled, isBusy, turn);
  const step = amount(servo.step_deg, language, 1);
  const common = { disabled, ready: () => !isBusy() };
  return (
    <fieldset
      className={classes.pad}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows turn the camera only while this group has the focus
      tabIndex={0}
      aria-label={t("live.pad")}
      aria-describedby={hint}
      data-testid="servo-pad"
      data-disabled={disabled || undefined}
      onKeyDown={onKeyDown}
    >
      {blocked && <BlockedNote blocked={blocked} />}
      <div className={classes.steps}>
        <HoldButton
          {...common}
          testid="servo-left"
          label={t("live.left", { step })}
          hint="←"
          act={() => turn({ direction: "left" })}
        >
          <IconArrowBigLeft size={26} stroke={1.75} aria-hidden="true" />
          <span>{t("live.left_short")}</span>
        </HoldButton>
        <HoldButton
          {...common}
          testid="servo-center"
          label={t("live.center")}
          hint="Home"
          repeats={false}
          act={() => turn({ direction: "center" })}
        >
          <IconFocusCentered size={26} stroke={1.75} aria-hidden="true" />
          <span>{t("live.center_short")}</span>
        </HoldButton>
        <HoldButton
          {...common}
          testid="servo-right"
          label={t("live.right", { step })}
          hint="→"
          act={() => turn({ direction: "right" })}
        >
          <IconArrowBigRight size={26} stroke={1.75} aria-hidden="true" />
          <span>{t("live.right_short")}</span>
        </HoldButton>
      </div>
      <CommandStatus phase={phase} idle={t("live.pad_idle", { step })} testid="command-status" />
      <ServoSlider
        servo={servo}
        disabled={disabled}
        asked_deg={asked_deg}
        onCommit={(angle_deg) => turn({ angle_deg })}
      />
      <Presets presets={servo.presets} at_deg={servo.target_deg} disabled={disabled} turn={turn} />
      <p id={hint} className={classes.hint}>
        {t("live.pad_keys")}
      </p>
    </fieldset>
  );
}

interface PresetsProps {
  presets: Preset[];
  at_deg: number;
  disabled: boolean;
  turn: (turn: Turn) => void;
}

function Presets({ presets, at_deg, disabled, turn }: PresetsProps) {
  const { t } = useTranslation();
  if (presets.length === 0) return null;
  return (
    <ul className={classes.presets} aria-label={t("live.presets")}>
      {presets.map(({ name, angle_deg }, index) => (
        <li key={name}>
          <button
            type="button"
            className={classes.preset}
            data-testid={`servo-preset-${name}`}
            aria-current={isAt(at_deg, angle_deg) ? "true" : undefined}
            disabled={disabled}
            onClick={() => turn({ preset: name })}
          >
            {index < 9 && (
              <span className={classes.key} aria-hidden="true">
                {index + 1}
              </span>
            )}
            {name}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Keys act while the focus is in the pad. The slider keeps its own arrows; a held key repeats as a held button does. */
function usePadKeys(presets: Preset[], disabled: boolean, isBusy: () => boolean, turn: (turn: Turn) => void) {
  const acted_ms = useRef(Number.NEGATIVE_INFINITY);
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target instanceof HTMLInputElement && event.key.startsWith("Arrow")) return;
    const asked = turnOfKey(event.key, presets);
    if (asked === null) return;
    event.preventDefault();
    if (disabled) return;
    if (event.repeat && (isBusy() || event.timeStamp - acted_ms.current < REPEAT_EVERY_MS)) return;
    acted_ms.current = event.timeStamp;
    turn(asked);
  };
}
