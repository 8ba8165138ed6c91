// On the picture while a clip is being recorded: for how long already.
import { useTranslation } from "react-i18next";
import { minutesSeconds } from "@/format/time";
import classes from "./LivePicture.module.css";
import { useRunning_s } from "./useRunning";

export function RecordingChip({ clip_id }: { clip_id: string }) {
  const { t } = useTranslation();
  const running_s = useRunning_s(clip_id);
  return (
    <p className={classes.chip} data-testid="recording-chip">
      <span className={classes.dot} />
      {t("live.camera.recording", { time: minutesSeconds(running_s) })}
    </p>
  );
}
