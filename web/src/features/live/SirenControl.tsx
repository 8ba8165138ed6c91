// The siren: loud, so it takes two steps to sound it and one to silence it.
import IconSpeakerphone from "@tabler/icons-react/dist/esm/icons/IconSpeakerphone.mjs";
import IconVolumeOff from "@tabler/icons-react/dist/esm/icons/IconVolumeOff.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { amount } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { BlockedNote } from "./BlockedNote";
import type { ControlsBlocked } from "./blocked";
import { CommandStatus } from "./CommandStatus";
import classes from "./SirenControl.module.css";
import { useCommand } from "./useCommand";

const SOUND_FOR_S = 60;

interface SirenControlProps {
  device_id: string;
  /** `states/{device}/siren`, as it came. */
  state: Record<string, unknown> | undefined;
  blocked: ControlsBlocked | null;
  /** Whether the reason is told right above already. */
  quiet?: boolean;
}

export function SirenControl({ device_id, state, blocked, quiet = false }: SirenControlProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { phase, busy, send } = useCommand(device_id, "siren");
  const [confirming, setConfirming] = useState(false);
  const sounds = state?.state === "on";
  const remaining_s = typeof state?.remaining_s === "number" ? state.remaining_s : null;
  const disabled = blocked !== null;
  useEffect(() => {
    if (sounds || disabled) setConfirming(false);
  }, [sounds, disabled]);
  return (
    <Panel title={t("live.siren.title")}>
      <div className={classes.siren} data-testid="siren" data-sounds={sounds}>
        {blocked && !quiet && <BlockedNote blocked={blocked} />}
        {sounds ? (
          <>
            <p className={classes.sounding}>
              <IconSpeakerphone size={22} stroke={1.75} aria-hidden="true" />
              {remaining_s === null
                ? t("live.siren.sounds")
                : t("live.siren.remaining", { seconds: amount(Math.ceil(remaining_s), language) })}
            </p>
            <button
              type="button"
              className={classes.main}
              data-testid="siren-off"
              disabled={disabled || busy}
              onClick={() => send({ action: "off" }, t("live.siren.ask_off"))}
            >
              <IconVolumeOff size={20} stroke={1.75} aria-hidden="true" />
              {t("live.siren.off")}
            </button>
          </>
        ) : confirming ? (
          <Confirm
            onCancel={() => setConfirming(false)}
            onConfirm={() => {
              setConfirming(false);
              send({ action: "on", duration_s: SOUND_FOR_S }, t("live.siren.ask_on"));
            }}
          />
        ) : (
          <button
            type="button"
            className={classes.button}
            data-testid="siren-on"
            disabled={disabled || busy}
            onClick={() => setConfirming(true)}
          >
            <IconSpeakerphone size={20} stroke={1.75} aria-hidden="true" />
            {t("live.siren.on")}
          </button>
        )}
        <CommandStatus phase={phase} idle={sounds ? "" : t("live.siren.silent")} testid="siren-status" />
      </div>
    </Panel>
  );
}

function Confirm({ onConfirm, onCancel }: { onConfirm: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const cancel = useRef<HTMLButtonElement>(null);
  // The harmless answer has the focus: Enter twice in a hurry must not wake the street.
  useEffect(() => cancel.current?.focus(), []);
  return (
    <fieldset
      className={classes.confirm}
      aria-label={t("live.siren.sure", { seconds: SOUND_FOR_S })}
      data-testid="siren-confirm"
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <p>{t("live.siren.sure", { seconds: SOUND_FOR_S })}</p>
      <button type="button" className={classes.main} data-testid="siren-confirm-yes" onClick={onConfirm}>
        {t("live.siren.yes")}
      </button>
      <button type="button" className={classes.button} data-testid="siren-confirm-no" ref={cancel} onClick={onCancel}>
        {t("live.siren.no")}
      </button>
    </fieldset>
  );
}
