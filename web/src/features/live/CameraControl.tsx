// Record and still, for a device that has a camera; and what the camera does by itself.
import IconCamera from "@tabler/icons-react/dist/esm/icons/IconCamera.mjs";
import IconHomeHeart from "@tabler/icons-react/dist/esm/icons/IconHomeHeart.mjs";
import IconPlayerRecord from "@tabler/icons-react/dist/esm/icons/IconPlayerRecord.mjs";
import IconPlayerStop from "@tabler/icons-react/dist/esm/icons/IconPlayerStop.mjs";
import IconRoute from "@tabler/icons-react/dist/esm/icons/IconRoute.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Camera } from "@/api/camera";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { BlockedNote } from "./BlockedNote";
import type { ControlsBlocked } from "./blocked";
import classes from "./CameraControl.module.css";
import { CommandStatus } from "./CommandStatus";
import type { Servo } from "./servo";
import { useCommand } from "./useCommand";
import { useRunning_s } from "./useRunning";
import { ViewRight } from "./ViewRight";

const RECORD_FOR_S = 30;

interface CameraControlProps {
  device_id: string;
  camera: Camera | null;
  servo: Servo | null;
  /** The presets at which it no longer sees what it saw. */
  moved: string[];
  blocked: ControlsBlocked | null;
  /** Whether the reason is told right above already. */
  quiet: boolean;
}

export function CameraControl({ device_id, camera, servo, moved, blocked, quiet }: CameraControlProps) {
  const { t } = useTranslation();
  const record = useCommand(device_id, "record");
  const still = useCommand(device_id, "snapshot");
  const parked = camera?.private === true;
  const disabled = blocked !== null || parked;
  return (
    <Panel
      title={t("live.camera.title")}
      aside={
        <Link className={classes.all} to={`/recordings?device=${device_id}`}>
          {t("live.camera.all")}
        </Link>
      }
    >
      <div className={classes.camera} data-testid="camera-controls">
        {blocked && !quiet && <BlockedNote blocked={blocked} />}
        {camera && blocked === null && <OwnDoing camera={camera} />}
        <ViewRight device_id={device_id} moved={moved} servo={servo} disabled={disabled} />
        <div className={classes.buttons}>
          {camera?.recording && blocked === null ? (
            <Stop
              clip_id={camera.recording}
              busy={record.busy}
              stop={() => record.send({ action: "stop" }, t("live.camera.ask_stop"))}
            />
          ) : (
            <button
              type="button"
              className={classes.button}
              data-testid="record-start"
              disabled={disabled || record.busy}
              onClick={() => record.send({ action: "start", duration_s: RECORD_FOR_S }, t("live.camera.ask_record"))}
            >
              <IconPlayerRecord size={20} stroke={1.75} aria-hidden="true" />
              {t("live.camera.record", { seconds: RECORD_FOR_S })}
            </button>
          )}
          <button
            type="button"
            className={classes.button}
            data-testid="take-still"
            disabled={disabled || still.busy}
            onClick={() => still.send({}, t("live.camera.ask_still"))}
          >
            <IconCamera size={20} stroke={1.75} aria-hidden="true" />
            {t("live.camera.still")}
          </button>
        </div>
        {record.phase.step !== "idle" && <CommandStatus phase={record.phase} testid="record-status" />}
        {still.phase.step !== "idle" && <CommandStatus phase={still.phase} testid="still-status" />}
      </div>
    </Panel>
  );
}

function Stop({ clip_id, busy, stop }: { clip_id: string; busy: boolean; stop: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const running_s = useRunning_s(clip_id);
  return (
    <button type="button" className={classes.running} data-testid="record-stop" disabled={busy} onClick={stop}>
      <IconPlayerStop size={20} stroke={1.75} aria-hidden="true" />
      {t("live.camera.stop")}
      <span className={classes.time} aria-hidden="true">
        {duration(running_s, language)}
      </span>
    </button>
  );
}

/** What it does without being asked: it is parked while people are home, or patrols. */
function OwnDoing({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  if (!camera.private && !camera.patrol) return null;
  const Icon = camera.private ? IconHomeHeart : IconRoute;
  const doing = camera.private ? "private" : "patrol";
  return (
    <p className={classes.doing} data-testid={`camera-${doing}`}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      {t(`live.camera.${doing}`)}
    </p>
  );
}
