// The PIN that a change of mode asks for, over whatever page one is on.
import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PinPad } from "../pin/PinPad";
import { EntryLeft } from "./EntryLeft";
import classes from "./ModePin.module.css";
import { asksPin } from "./modeRequest";
import type { ModeControl } from "./useModeControl";

export function ModePin({ control, large = false }: { control: ModeControl; large?: boolean }) {
  const { t } = useTranslation();
  const { phase } = control;
  if (!asksPin(phase) || (phase.step !== "pin" && phase.step !== "sent")) return null;
  const { mode } = phase.request;
  const title = mode === "active" ? t("pin.to_disarm") : t("pin.to_change", { mode: t(`mode.word.${mode}`) });
  return (
    <Modal
      opened
      onClose={control.cancel}
      title={title}
      centered
      size={large ? "lg" : "sm"}
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 120 }}
    >
      {control.truth.state === "pending" && control.truth.countdown && (
        <p className={classes.left} aria-live="off">
          <EntryLeft countdown={control.truth.countdown} />
        </p>
      )}
      <PinPad
        trouble={phase.step === "pin" ? phase.trouble : null}
        busy={phase.step === "sent"}
        large={large}
        onEnter={control.enterPin}
      />
    </Modal>
  );
}
