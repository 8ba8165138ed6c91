// What the camera saw of an event: a still within seconds, the clip when it is finished, everything as one file.
import "@/i18n/recordings";
import IconFileZip from "@tabler/icons-react/dist/esm/icons/IconFileZip.mjs";
import IconMovie from "@tabler/icons-react/dist/esm/icons/IconMovie.mjs";
import IconPlayerPlay from "@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { addressOf, beganAt, isPlayable } from "@/api/recordingList";
import { useEvidence } from "@/api/recordings";
import type { Recording, Still } from "@/api/types";
import { clipLink } from "@/format/links";
import { clockTimeSeconds, duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./Evidence.module.css";

interface EvidenceProps {
  event_id: string;
  /** The heading's level belongs to who shows it. */
  title?: boolean;
}

/** Nothing at all while there is nothing to see. */
export function Evidence({ event_id, title = false }: EvidenceProps) {
  const { t } = useTranslation();
  const { recordings, stills } = useEvidence(event_id);
  if (recordings.length === 0 && stills.length === 0) return null;
  // Oldest first: in the order in which it happened.
  const clips = [...recordings].reverse();
  const pictures = [...stills].reverse();
  const playable = clips.some(isPlayable);
  return (
    <section className={classes.evidence} data-testid="evidence">
      {title && <h3 className={classes.title}>{t("recordings.evidence.title")}</h3>}
      {!playable && pictures[0] && <Picture still={pictures[0]} />}
      {clips.map((clip) => (
        <Clip key={clip.id} clip={clip} />
      ))}
      {pictures.length > (playable ? 0 : 1) && (
        <ul className={classes.strip} aria-label={t("recordings.evidence.stills", { count: pictures.length })}>
          {pictures.slice(playable ? 0 : 1).map((still) => (
            <li key={still.id}>
              <Picture still={still} />
            </li>
          ))}
        </ul>
      )}
      <a className={classes.link} href={addressOf.incident(event_id)} download data-testid="incident-export">
        <IconFileZip size={18} stroke={1.75} aria-hidden="true" />
        {t("recordings.evidence.export")}
      </a>
    </section>
  );
}

function Picture({ still }: { still: Still }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const time = clockTimeSeconds(still.taken_at ?? still.received_at, language);
  return (
    <img
      className={classes.still}
      src={addressOf.picture(still.id)}
      alt={t("event.still_alt", { time })}
      width={still.width || undefined}
      height={still.height || undefined}
      data-testid="evidence-still"
      data-still-id={still.id}
    />
  );
}

function Clip({ clip }: { clip: Recording }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [playing, setPlaying] = useState(false);
  const time = clockTimeSeconds(beganAt(clip), language);
  const length = duration(Math.round(clip.duration_s), language);
  return (
    <div className={classes.clip} data-testid="evidence-clip" data-state={clip.state} data-clip-id={clip.id}>
      {playing && isPlayable(clip) ? (
        <video className={classes.video} src={addressOf.video(clip.id)} controls autoPlay muted playsInline />
      ) : (
        isPlayable(clip) && (
          <button type="button" className={classes.play} onClick={() => setPlaying(true)}>
            {clip.has_poster && <img src={addressOf.poster(clip.id)} alt="" />}
            <span className={classes.playWords}>
              <IconPlayerPlay size={20} stroke={2} aria-hidden="true" />
              {t("recordings.evidence.clip")}
            </span>
          </button>
        )
      )}
      <p className={classes.line}>
        <IconMovie size={18} stroke={1.75} aria-hidden="true" />
        <span>
          {time} · {length}
          {clip.state !== "finished" && ` · ${t(`recordings.state.${clip.state}`)}`}
          {clip.state === "deleted" && clip.deleted_reason && ` · ${t(`recordings.reason.${clip.deleted_reason}`)}`}
        </span>
        <Link className={classes.link} to={clipLink(clip)}>
          {t("recordings.evidence.open")}
        </Link>
      </p>
    </div>
  );
}
