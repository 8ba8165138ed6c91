// The clips of a day, newest first: poster, when, how long, why, what is odd. Deleted ones stay, with the reason.
import "@/i18n/recordings";
import IconLock from "@tabler/icons-react/dist/esm/icons/IconLock.mjs";
import IconMovie from "@tabler/icons-react/dist/esm/icons/IconMovie.mjs";
import IconScissors from "@tabler/icons-react/dist/esm/icons/IconScissors.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addressOf, arrivedShare, beganAt } from "@/api/recordingList";
import type { Recording } from "@/api/types";
import { clockTimeSeconds, duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useTimeAgo } from "@/ui/TimeAgo";
import classes from "./ClipList.module.css";
import { useWhy } from "./useWhy";

interface ClipListProps {
  recordings: Recording[];
  chosen: string | null;
  choose: (id: string) => void;
}

export function ClipList({ recordings, chosen, choose }: ClipListProps) {
  const { t } = useTranslation();
  const seen = recordings.filter(({ state }) => state !== "deleted");
  const gone = recordings.filter(({ state }) => state === "deleted");
  return (
    <>
      {seen.length > 0 && (
        <ul className={classes.clips} aria-label={t("recordings.list.title")} data-testid="clip-list">
          {seen.map((recording) => (
            <li key={recording.id}>
              <Clip recording={recording} chosen={recording.id === chosen} choose={() => choose(recording.id)} />
            </li>
          ))}
        </ul>
      )}
      {gone.length > 0 && (
        <details className={classes.gone} data-testid="deleted-clips">
          <summary>{t("recordings.list.gone", { count: gone.length })}</summary>
          <ul>
            {gone.map((recording) => (
              <Gone key={recording.id} recording={recording} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Clip({ recording, chosen, choose }: { recording: Recording; chosen: boolean; choose: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const why = useWhy();
  const { state, duration_s, device_id, truncated, locked } = recording;
  const share = arrivedShare(recording);
  return (
    <button
      type="button"
      className={classes.clip}
      data-testid="clip"
      data-clip-id={recording.id}
      data-state={state}
      aria-current={chosen ? "true" : undefined}
      onClick={choose}
    >
      <Poster recording={recording} />
      <span className={classes.words}>
        <span className={classes.title}>
          {clockTimeSeconds(beganAt(recording), language)}
          <span className={classes.length}>{duration(Math.round(duration_s), language)}</span>
        </span>
        <span className={classes.meta}>
          {why(recording.cause)} · {device_id}
        </span>
        <span className={classes.badges}>
          {state !== "finished" && (
            <span className={classes.badge} data-tone={state}>
              {t(`recordings.state.${state}`)}
              {share !== null && ` · ${t("recordings.arrived", { share: Math.floor(share * 100) })}`}
            </span>
          )}
          {truncated && (
            <span className={classes.badge} data-tone="odd">
              <IconScissors size={14} stroke={2} aria-hidden="true" />
              {t("recordings.truncated")}
            </span>
          )}
          {locked && (
            <span className={classes.badge}>
              <IconLock size={14} stroke={2} aria-hidden="true" />
              {t("recordings.locked")}
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function Poster({ recording }: { recording: Recording }) {
  const [failed, setFailed] = useState(false);
  return (
    <span className={classes.poster}>
      {recording.has_poster && !failed ? (
        <img src={addressOf.poster(recording.id)} alt="" loading="lazy" onError={() => setFailed(true)} />
      ) : (
        <IconMovie size={24} stroke={1.5} aria-hidden="true" />
      )}
    </span>
  );
}

function Gone({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const why = useWhy();
  const ago = useTimeAgo();
  const { deleted_at, deleted_reason, duration_s, device_id, cause } = recording;
  return (
    <li className={classes.goneLine} data-clip-id={recording.id} data-reason={deleted_reason ?? undefined}>
      <span className={classes.title}>
        {clockTimeSeconds(beganAt(recording), language)}
        <span className={classes.length}>{duration(Math.round(duration_s), language)}</span>
      </span>
      <span className={classes.meta}>
        {why(cause)} · {device_id}
      </span>
      <span className={classes.meta}>
        {deleted_reason && t(`recordings.reason.${deleted_reason}`)}{" "}
        {deleted_at && t("recordings.deleted_at", { time: ago(deleted_at) })}
      </span>
    </li>
  );
}
