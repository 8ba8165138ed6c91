// One clip: the browser's own video, why it was recorded, what can be done with it.
import "@/i18n/recordings";
import IconPlayerSkipBack from "@tabler/icons-react/dist/esm/icons/IconPlayerSkipBack.mjs";
import IconPlayerSkipForward from "@tabler/icons-react/dist/esm/icons/IconPlayerSkipForward.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { addressOf, arrivedShare, beganAt, isArriving, isPlayable } from "@/api/recordingList";
import type { Recording } from "@/api/types";
import { clockTimeSeconds } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { ClipActions } from "./ClipActions";
import { ClipFacts } from "./ClipFacts";
import classes from "./Player.module.css";
import { clipBeside } from "./playerKeys";
import { usePlayerKeys } from "./usePlayerKeys";

interface PlayerProps {
  recording: Recording;
  /** The day's clips, newest first. */
  recordings: Recording[];
  choose: (id: string | null) => void;
}

export function Player({ recording, recordings, choose }: PlayerProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const video = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { id } = recording;
  const beside = (by: 1 | -1) => clipBeside(recordings, id, by);
  const go = (by: 1 | -1) => {
    const other = beside(by);
    if (other !== null) choose(other);
  };
  usePlayerKeys(video, go);
  // On a phone the list is below: what was chosen there comes into sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each clip
  useEffect(() => frame.current?.scrollIntoView({ block: "nearest" }), [id]);
  return (
    <Panel
      title={t("recordings.player.title", { time: clockTimeSeconds(beganAt(recording), language) })}
      aside={
        <div className={classes.steps}>
          <Step
            label={t("recordings.player.previous")}
            hint="p"
            disabled={beside(-1) === null}
            act={() => go(-1)}
            Icon={IconPlayerSkipBack}
          />
          <Step
            label={t("recordings.player.next")}
            hint="n"
            disabled={beside(1) === null}
            act={() => go(1)}
            Icon={IconPlayerSkipForward}
          />
          <Step label={t("recordings.player.close")} disabled={false} act={() => choose(null)} Icon={IconX} />
        </div>
      }
    >
      <div ref={frame} className={classes.player} data-testid="player" data-clip-id={id} data-state={recording.state}>
        <Screen key={id} recording={recording} video={video} />
        {recording.truncated && <p className={classes.odd}>{t("recordings.player.truncated")}</p>}
        {recording.note && (
          <p className={classes.note} lang="en">
            {recording.note}
          </p>
        )}
        <ClipFacts recording={recording} />
        <ClipActions recording={recording} onDeleted={() => choose(null)} />
        <p className={classes.keys}>{t("recordings.player.keys")}</p>
      </div>
    </Panel>
  );
}

interface StepProps {
  label: string;
  hint?: string;
  disabled: boolean;
  act: () => void;
  Icon: typeof IconX;
}

function Step({ label, hint, disabled, act, Icon }: StepProps) {
  return (
    <button type="button" className={classes.step} aria-label={label} title={hint} disabled={disabled} onClick={act}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
    </button>
  );
}

/** The video, or in its place why there is none yet or any more. */
function Screen({ recording, video }: { recording: Recording; video: RefObject<HTMLVideoElement | null> }) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  // What has arrived of a clip that is not finished: it stays until one asks for all of it.
  const [part, setPart] = useState(false);
  const { id, state, width, height } = recording;
  const shape = { aspectRatio: width > 0 && height > 0 ? `${width} / ${height}` : "16 / 9" };
  const poster = recording.has_poster ? addressOf.poster(id) : undefined;
  if ((isPlayable(recording) || part) && !failed) {
    return (
      <>
        <video
          ref={video}
          className={classes.screen}
          style={shape}
          src={part ? `${addressOf.video(id)}?part` : addressOf.video(id)}
          poster={poster}
          controls
          muted
          playsInline
          autoPlay={part}
          preload="metadata"
          data-testid="video"
          onError={() => setFailed(true)}
        />
        {part && isPlayable(recording) && (
          <button type="button" className={classes.other} onClick={() => setPart(false)}>
            {t("recordings.player.play_all")}
          </button>
        )}
      </>
    );
  }
  const share = arrivedShare(recording);
  return (
    <div className={classes.screen} style={shape}>
      {poster && state !== "deleted" && <img className={classes.poster} src={poster} alt="" />}
      <div className={classes.instead} role="status">
        <p>{failed ? t("recordings.player.failed") : whyNot()}</p>
        {share !== null && (
          <progress value={share} max={1} aria-label={t("recordings.state.uploading")}>
            {t("recordings.arrived", { share: Math.floor(share * 100) })}
          </progress>
        )}
        {isArriving(recording) && (
          <button
            type="button"
            className={classes.other}
            data-testid="play-part"
            onClick={() => {
              setFailed(false);
              setPart(true);
            }}
          >
            {t("recordings.player.play_part")}
          </button>
        )}
      </div>
    </div>
  );

  function whyNot(): string {
    if (state === "recording" || state === "uploading") return t(`recordings.player.${state}`);
    if (state === "finished") return t("recordings.player.unplayable");
    const reason = recording.deleted_reason;
    return reason ? t(`recordings.reason.${reason}`) : t("recordings.state.deleted");
  }
}
