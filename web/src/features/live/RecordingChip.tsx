// On the picture while a clip is being recorded: for how long already.
import { useTranslation } from "react-i18next";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./LivePicture.module.css";
import { useRunning_s } from "./useRunning";

export function RecordingChip({ clip_id }: { clip_id: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const running_s = useRunning_s(clip_id);
  return (
    <p className={classes.chip} data-testid="recording-chip">
      <span className={classes.dot} />
      {t("live.camera.recording", { time: duration(running_s, language) })}
    </p>
  );
}
