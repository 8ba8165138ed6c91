// The camera's picture: live with its age, frozen when it stands still, else the last still and why there is no live.
import IconHomeHeart from "@tabler/icons-react/dist/esm/icons/IconHomeHeart.mjs";
import IconVideoOff from "@tabler/icons-react/dist/esm/icons/IconVideoOff.mjs";
import { useTranslation } from "react-i18next";
import type { Camera } from "@/api/camera";
import { serverNow_ms } from "@/api/connection";
import { clockTimeSeconds, duration, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useTroubleWords } from "@/ui/troubleWords";
import { AngleCaption } from "./AngleCaption";
import type { Blocked } from "./blocked";
import classes from "./LivePicture.module.css";
import { isFrozen, pictureAge_ms } from "./picture";
import { RecordingChip } from "./RecordingChip";
import type { Servo } from "./servo";
import { useLiveStream, type Watched } from "./useLiveStream";
import { type Snapshot, useSnapshot } from "./useSnapshot";
import { type NoLive, noLiveBecause } from "./watch";

interface LivePictureProps {
  device_id: string;
  camera: Camera | null;
  servo: Servo | null;
  blocked: Blocked | null;
  /** Nothing vouches for the angle: the device or the server is not heard. */
  stale: boolean;
}

type Look = "live" | "frozen" | "asking" | "waiting" | "none";

export function LivePicture({ device_id, camera, servo, blocked, stale }: LivePictureProps) {
  const { t } = useTranslation();
  const noLive = noLiveBecause(blocked, camera);
  const watched = useLiveStream(noLive === null ? `/api/cameras/${device_id}/live` : null);
  const { picture } = watched;
  // What was seen before the lens was parked is not what the page may go on showing.
  const hasLive = picture !== null && camera?.private !== true;
  const snapshot = useSnapshot(device_id, !hasLive);
  const look = lookOf(watched, noLive);
  const size = camera && camera.width > 0 && camera.height > 0 ? `${camera.width} / ${camera.height}` : "16 / 9";
  return (
    <figure className={classes.frame}>
      <div
        className={classes.stage}
        style={{ aspectRatio: size }}
        data-testid="live-picture"
        data-look={look}
        data-frame={picture?.frame ?? undefined}
      >
        <img
          ref={watched.image}
          className={classes.picture}
          hidden={!hasLive}
          alt={t("live.picture.alt", { device: device_id })}
        />
        {!hasLive && snapshot && (
          <img
            className={classes.picture}
            src={snapshot.url}
            alt={t("live.picture.alt_still", { device: device_id })}
          />
        )}
        {!hasLive && snapshot === null && <Nothing noLive={noLive} />}
        <div className={classes.top}>
          <LookChip look={look} noLive={noLive} watched={watched} />
          <AgeChip watched={hasLive ? watched : null} snapshot={hasLive ? null : snapshot} look={look} />
        </div>
        {camera?.recording && !stale && (
          <div className={classes.bottom}>
            <RecordingChip clip_id={camera.recording} />
          </div>
        )}
      </div>
      <WhyNoLive noLive={noLive} watched={watched} camera={camera} />
      {servo && (
        <figcaption className={classes.caption}>
          <AngleCaption servo={servo} stale={stale} />
        </figcaption>
      )}
    </figure>
  );
}

function lookOf({ picture, state, now_ms }: Watched, noLive: NoLive | null): Look {
  if (noLive !== null) return "none";
  if (picture === null) return state.step === "waiting" || state.step === "live" ? "waiting" : "asking";
  if (isFrozen(picture, now_ms)) return "frozen";
  return state.step === "waiting" ? "waiting" : "live";
}

function LookChip({ look, noLive, watched }: { look: Look; noLive: NoLive | null; watched: Watched }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const stood_s = watched.picture === null ? 0 : (watched.now_ms - watched.picture.movedAt_ms) / 1000;
  return (
    <p className={classes.chip} data-tone={look} data-testid="live-look">
      {look === "live" && <span className={classes.dot} />}
      {/* The seconds tick: a screen reader is told only once. */}
      <span role="status" aria-live={look === "frozen" ? "off" : "polite"}>
        {look === "none"
          ? t(noLive === "private" ? "live.picture.parked" : "live.picture.not_live")
          : t(`live.picture.${look}`, { time: duration(Math.floor(stood_s), language) })}
      </span>
    </p>
  );
}

interface AgeChipProps {
  watched: Watched | null;
  snapshot: Snapshot | null | undefined;
  look: Look;
}

/** How old the picture is, by the clocks over there; of an old one when it was taken. */
function AgeChip({ watched, snapshot, look }: AgeChipProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const time = (at_ms: number) =>
    localDay(at_ms) === localDay(Date.now()) ? clockTimeSeconds(at_ms, language) : shortMoment(at_ms, language);
  if (watched?.picture) {
    const age_ms = pictureAge_ms(watched.picture, look === "none" ? Date.now() : watched.now_ms);
    const words =
      look === "live"
        ? t("live.picture.age", { time: duration(Math.max(0.1, Math.round(age_ms / 100) / 10), language) })
        : t("live.picture.of", { time: time(serverNow_ms() - age_ms) });
    return (
      <p className={classes.chip} data-testid="picture-age" data-age-ms={Math.round(age_ms)}>
        {words}
      </p>
    );
  }
  if (!snapshot) return null;
  return (
    <p className={classes.chip} data-testid="picture-age">
      {snapshot.taken_at === null
        ? t("live.picture.undated")
        : t("live.picture.still_of", { time: time(Date.parse(snapshot.taken_at)) })}
    </p>
  );
}

function Nothing({ noLive }: { noLive: NoLive | null }) {
  const { t } = useTranslation();
  const Icon = noLive === "private" ? IconHomeHeart : IconVideoOff;
  return (
    <p className={classes.nothing}>
      <Icon size={40} stroke={1.5} aria-hidden="true" />
      {t("live.picture.nothing")}
    </p>
  );
}

/** In words below the picture: why it is not live, and what the camera itself complains about. */
function WhyNoLive({ noLive, watched, camera }: { noLive: NoLive | null; watched: Watched; camera: Camera | null }) {
  const { t } = useTranslation();
  const troubleWords = useTroubleWords();
  const { state } = watched;
  const why = noLive !== null ? t(`live.no_live.${noLive}`) : null;
  const fault = camera?.fault ? troubleWords({ code: "fault", detail: camera.fault }).title : null;
  const waits = noLive === null && state.step === "waiting";
  if (why === null && fault === null && !waits) return null;
  return (
    <div className={classes.why} role="status" data-testid="no-live" data-reason={noLive ?? undefined}>
      {why && <p>{why}</p>}
      {fault && <p>{t("live.picture.fault", { fault })}</p>}
      {waits && (
        <p>
          {t("live.picture.trying")} {state.reason && <span lang="en">{state.reason}</span>}
        </p>
      )}
    </div>
  );
}
