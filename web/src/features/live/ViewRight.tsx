// The camera no longer sees what it saw: said where its picture is, with the button that accepts what it sees now.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import classes from "./CameraControl.module.css";
import { CommandStatus } from "./CommandStatus";
import { restsAt } from "./moved";
import type { Servo } from "./servo";
import { useCommand } from "./useCommand";

interface ViewRightProps {
  device_id: string;
  /** The presets at which it has moved, none while all is well. */
  moved: string[];
  servo: Servo | null;
  disabled: boolean;
}

export function ViewRight({ device_id, moved, servo, disabled }: ViewRightProps) {
  const { t } = useTranslation();
  const words = useId();
  const accept = useCommand(device_id, "snapshot");
  const here = restsAt(moved, servo);
  const [first] = moved;
  const preset = here ?? first;
  return (
    <>
      {preset !== undefined && (
        <div className={classes.camera} data-testid="view-moved" data-preset={preset}>
          <p className={classes.doing} id={words}>
            <IconAlertTriangle size={20} stroke={1.75} aria-hidden="true" />
            {preset === "" ? t("live.camera.moved") : t("live.camera.moved_at", { preset })}
          </p>
          {here === null && <p className={classes.doing}>{t("live.camera.view_elsewhere", { preset })}</p>}
          <button
            type="button"
            className={classes.button}
            data-testid="view-right"
            aria-describedby={words}
            disabled={disabled || here === null || accept.busy}
            onClick={() => accept.send({ reference: true }, t("live.camera.ask_view"))}
          >
            <IconCheck size={20} stroke={1.75} aria-hidden="true" />
            {t("live.camera.view_right")}
          </button>
        </div>
      )}
      {accept.phase.step !== "idle" && <CommandStatus phase={accept.phase} testid="view-status" />}
    </>
  );
}
