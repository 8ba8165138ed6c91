// No recordings: how to get some, or the way to the last day that has any.
import "@/i18n/recordings";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { hasPart } from "@/api/camera";
import { useDevices } from "@/api/queries";
import { useRecordingDays } from "@/api/recordings";
import { EmptyReel } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import { Snippet } from "@/ui/Snippet";
import classes from "./NothingRecorded.module.css";
import type { RecordingsPlace } from "./useRecordingsPlace";

const CAMERA_LINES = `[camera]
`;

export function NothingRecorded() {
  const { t } = useTranslation();
  const devices = useDevices().data ?? [];
  const hasCamera = devices.some((device) => hasPart(device, "camera"));
  return (
    <Panel>
      <div data-testid="nothing-recorded">
        <EmptyState
          drawing={<EmptyReel />}
          title={t("recordings.empty.title")}
          text={t(hasCamera ? "recordings.empty.camera" : "recordings.empty.none")}
        >
          {hasCamera ? (
            <Link className={classes.link} to="/live">
              {t("recordings.empty.live")}
            </Link>
          ) : (
            <div className={classes.how}>
              <Snippet title="agent.toml" text={CAMERA_LINES} />
              <p className={classes.note}>{t("recordings.empty.simulated")}</p>
            </div>
          )}
        </EmptyState>
      </div>
    </Panel>
  );
}

const EVER = "2020-01-01";

export function NothingOnThisDay({ place }: { place: RecordingsPlace }) {
  const { t } = useTranslation();
  const days = useRecordingDays(EVER, place.today, place.device_id).data;
  const last = days?.at(-1)?.day;
  return (
    <Panel>
      <EmptyState drawing={<EmptyReel />} title={t("recordings.day.empty")}>
        {last && last !== place.day && (
          <Button variant="default" h={44} data-testid="to-last-day" onClick={() => place.goToDay(last)}>
            {t("recordings.day.to_last")}
          </Button>
        )}
      </EmptyState>
    </Panel>
  );
}
