// What the cameras have kept: month, day, clips, player, and how much room there is for more.
import "@/i18n/recordings";
import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { hasPart } from "@/api/camera";
import { useDevices } from "@/api/queries";
import { useMediaRoom, useRecording, useRecordings } from "@/api/recordings";
import type { Recording } from "@/api/types";
import { LoadError } from "@/ui/LoadError";
import { PageHeader, Panel } from "@/ui/Panel";
import { ClipList } from "./ClipList";
import { DayTimeline } from "./DayTimeline";
import { DiskGauge } from "./DiskGauge";
import { dayBounds } from "./dayGrid";
import { MonthGrid } from "./MonthGrid";
import { NothingOnThisDay, NothingRecorded } from "./NothingRecorded";
import { Player } from "./Player";
import classes from "./RecordingsPage.module.css";
import { type RecordingsPlace, useRecordingsPlace } from "./useRecordingsPlace";

const NONE: Recording[] = [];

export default function RecordingsPage() {
  const { t } = useTranslation();
  const place = useRecordingsPlace();
  const room = useMediaRoom();
  const { since_ms, until_ms } = dayBounds(place.day);
  const bounds = { since: new Date(since_ms).toISOString(), until: new Date(until_ms - 1).toISOString() };
  const query = useRecordings({ ...bounds, device_id: place.device_id });
  const recordings = query.data ?? NONE;
  const nothingYet = room.data?.count === 0 && recordings.length === 0 && place.day === place.today;
  return (
    <>
      <PageHeader title={t("recordings.title")}>{!nothingYet && <CameraFilter place={place} />}</PageHeader>
      {query.isError && query.data === undefined ? (
        <LoadError error={query.error} retry={() => void query.refetch()} />
      ) : nothingYet ? (
        <NothingRecorded />
      ) : (
        <div className={classes.page}>
          <div className={classes.side}>
            <MonthGrid place={place} />
            <div className={classes.gauge}>
              <DiskGauge />
            </div>
          </div>
          <div className={classes.main}>
            <DayTimeline place={place} recordings={recordings} />
            {place.clip && <Chosen id={place.clip} recordings={recordings} place={place} />}
            {query.isPending && <Skeleton h={160} radius={12} />}
            {query.isSuccess && recordings.length === 0 && <NothingOnThisDay place={place} />}
            {recordings.length > 0 && <ClipList recordings={recordings} chosen={place.clip} choose={place.choose} />}
          </div>
        </div>
      )}
    </>
  );
}

/** The clip of the address: one of the day, or of another. */
function Chosen({ id, recordings, place }: { id: string; recordings: Recording[]; place: RecordingsPlace }) {
  const { t } = useTranslation();
  const ofDay = recordings.find((recording) => recording.id === id);
  const asked = useRecording(ofDay ? null : id);
  const recording = ofDay ?? asked;
  if (recording === undefined) return <Skeleton h={320} radius={12} />;
  if (recording === null) {
    return (
      <Panel>
        <p className={classes.missing}>{t("recordings.player.missing")}</p>
      </Panel>
    );
  }
  return <Player recording={recording} recordings={recordings} choose={place.choose} />;
}

function CameraFilter({ place }: { place: RecordingsPlace }) {
  const { t } = useTranslation();
  const devices = useDevices().data ?? [];
  const names = new Set(devices.filter((device) => hasPart(device, "camera")).map(({ device_id }) => device_id));
  if (place.device_id) names.add(place.device_id);
  if (names.size < 2 && !place.device_id) return null;
  return (
    <label className={classes.filter}>
      <span>{t("recordings.device")}</span>
      <select value={place.device_id ?? ""} onChange={(event) => place.filter(event.target.value)}>
        <option value="">{t("recordings.all_devices")}</option>
        {[...names].sort().map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
