// Why a clip was recorded, where the camera pointed, when and how much.
import "@/i18n/recordings";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { beganAt } from "@/api/recordingList";
import type { Recording } from "@/api/types";
import { useAngleWords } from "@/features/live/useAngleWords";
import { eventLink } from "@/format/links";
import { dataSize, duration, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./ClipFacts.module.css";
import { useCauseEvent, useWhy } from "./useWhy";

export function ClipFacts({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const why = useWhy();
  const cause = useCauseEvent(recording);
  const { device_id, started_at, received_at, duration_s, triggered_after_s, size_bytes, width, height } = recording;
  return (
    <dl className={classes.facts} data-testid="clip-facts">
      <Fact name={t("recordings.fact.why")}>
        {why(recording.cause)}
        {cause && (
          <Link className={classes.link} to={eventLink(cause)} data-testid="clip-event">
            {t("recordings.why.event")}
          </Link>
        )}
      </Fact>
      <Fact name={t("recordings.fact.camera")}>
        <Link className={classes.link} to={`/live/${device_id}`}>
          {device_id}
        </Link>
      </Fact>
      <Fact name={t("recordings.fact.began")}>
        {started_at
          ? shortMoment(beganAt(recording), language)
          : t("recordings.fact.not_known", { time: shortMoment(received_at, language) })}
      </Fact>
      <Fact name={t("recordings.fact.length")}>{duration(Math.round(duration_s), language)}</Fact>
      {triggered_after_s > 0 && (
        <Fact name={t("recordings.fact.trigger")}>
          {t("recordings.fact.trigger_after", { time: duration(Math.round(triggered_after_s), language) })}
        </Fact>
      )}
      <Pointed recording={recording} />
      <Fact name={t("recordings.fact.size")}>{dataSize(size_bytes, language)}</Fact>
      {width > 0 && (
        <Fact name={t("recordings.fact.picture")}>
          {width} × {height}
        </Fact>
      )}
    </dl>
  );
}

function Pointed({ recording: { angle_deg, preset } }: { recording: Recording }) {
  const { t } = useTranslation();
  const words = useAngleWords();
  if (typeof angle_deg !== "number") return null;
  return (
    <Fact name={t("recordings.fact.pointed")}>
      {words(angle_deg)}
      {preset && `, ${t("recordings.fact.preset", { preset })}`}
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
