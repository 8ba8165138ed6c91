// Record and still, for a device that has a camera.
import IconCamera from "@tabler/icons-react/dist/esm/icons/IconCamera.mjs";
import IconPlayerRecord from "@tabler/icons-react/dist/esm/icons/IconPlayerRecord.mjs";
import { useTranslation } from "react-i18next";
import { Panel } from "@/ui/Panel";
import type { Blocked } from "./blocked";
import { CommandStatus } from "./CommandStatus";
import classes from "./SirenControl.module.css";
import { useCommand } from "./useCommand";

const RECORD_FOR_S = 30;

export function CameraControl({ device_id, blocked }: { device_id: string; blocked: Blocked | null }) {
  const { t } = useTranslation();
  const record = useCommand(device_id, "record");
  const still = useCommand(device_id, "snapshot");
  return (
    <Panel title={t("live.camera.title")}>
      <div className={classes.siren} data-testid="camera-controls">
        <button
          type="button"
          className={classes.button}
          data-testid="record-start"
          disabled={blocked !== null || record.busy}
          onClick={() => record.send({ action: "start", duration_s: RECORD_FOR_S }, t("live.camera.ask_record"))}
        >
          <IconPlayerRecord size={20} stroke={1.75} aria-hidden="true" />
          {t("live.camera.record", { seconds: RECORD_FOR_S })}
        </button>
        <CommandStatus phase={record.phase} testid="record-status" />
        <button
          type="button"
          className={classes.button}
          data-testid="take-still"
          disabled={blocked !== null || still.busy}
          onClick={() => still.send({}, t("live.camera.ask_still"))}
        >
          <IconCamera size={20} stroke={1.75} aria-hidden="true" />
          {t("live.camera.still")}
        </button>
        <CommandStatus phase={still.phase} testid="still-status" />
      </div>
    </Panel>
  );
}
