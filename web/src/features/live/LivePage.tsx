// Live: which camera, its picture, where it points, and the controls that turn it and record.
import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, Navigate, NavLink, useParams } from "react-router";
import { hasPart, parseCamera } from "@/api/camera";
import { deviceStateNow, type SeenDevice } from "@/api/freshness";
import { useDevices } from "@/api/queries";
import { useKnownAt_ms, useReachable } from "@/api/useFreshness";
import { DeviceState } from "@/ui/DeviceState";
import { FirstDevice } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { LoadError } from "@/ui/LoadError";
import { PageHeader, Panel } from "@/ui/Panel";
import { useBlocked, useControlsBlocked } from "./blocked";
import { CameraControl } from "./CameraControl";
import classes from "./LivePage.module.css";
import { LivePicture } from "./LivePicture";
import { movedPresets } from "./moved";
import { PictureFrame } from "./PictureFrame";
import { ServoPad } from "./ServoPad";
import { SirenControl } from "./SirenControl";
import { parseServo } from "./servo";

export default function LivePage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("live.title")} />
      <Cameras />
    </>
  );
}

/** What there is to see or to turn here. */
function isCamera(device: SeenDevice): boolean {
  return hasPart(device, "camera") || hasPart(device, "servo");
}

function Cameras() {
  const { t } = useTranslation();
  const { device: wanted } = useParams();
  const devices = useDevices();
  const reachable = useReachable();
  const knownAt_ms = useKnownAt_ms();
  if (devices.isPending) return <LiveSkeleton />;
  if (devices.data === undefined) return <LoadError error={devices.error} retry={() => void devices.refetch()} />;

  const cameras = devices.data.filter(isCamera);
  const first = cameras.find((device) => deviceStateNow(device, knownAt_ms) === "online") ?? cameras[0];
  if (first === undefined) return <NoCamera anyDevice={devices.data.length > 0} />;
  if (wanted === undefined) return <Navigate to={`/live/${first.device_id}`} replace />;

  const chosen = cameras.find(({ device_id }) => device_id === wanted);
  return (
    <>
      <nav className={classes.picker} aria-label={t("live.picker")}>
        {cameras.map((device) => (
          <NavLink
            key={device.device_id}
            to={`/live/${device.device_id}`}
            className={classes.choice ?? ""}
            data-testid={`live-device-${device.device_id}`}
          >
            {device.device_id}
            <DeviceState state={deviceStateNow(device, knownAt_ms)} stale={!reachable} compact />
          </NavLink>
        ))}
      </nav>
      {chosen ? (
        // A change of camera starts afresh: no answer of the other one may show here.
        <Camera key={chosen.device_id} device={chosen} />
      ) : devices.data.some(({ device_id }) => device_id === wanted) ? (
        <EmptyState
          drawing={<FirstDevice />}
          title={t("live.empty.title")}
          text={t("live.empty.this", { device: wanted })}
        />
      ) : (
        <EmptyState
          drawing={<FirstDevice />}
          title={t("live.not_here", { device: wanted })}
          text={t("live.not_here_text")}
        />
      )}
    </>
  );
}

function Camera({ device }: { device: SeenDevice }) {
  const { t } = useTranslation();
  const blocked = useBlocked(device);
  const controlsBlocked = useControlsBlocked(blocked);
  const knownAt_ms = useKnownAt_ms();
  const stale = !useReachable() || deviceStateNow(device, knownAt_ms) !== "online";
  const servo = parseServo(device.states?.servo);
  const camera = parseCamera(device.states?.camera);
  return (
    <div className={classes.live}>
      {hasPart(device, "camera") ? (
        <LivePicture device_id={device.device_id} camera={camera} servo={servo} blocked={blocked} stale={stale} />
      ) : servo ? (
        <PictureFrame device={device} servo={servo} stale={stale} />
      ) : (
        <EmptyState drawing={<FirstDevice />} title={t("live.no_state")} text={t("live.no_state_text")} />
      )}
      <div className={classes.side}>
        {servo && <ServoPad device_id={device.device_id} servo={servo} blocked={controlsBlocked} />}
        {hasPart(device, "camera") && (
          <CameraControl
            device_id={device.device_id}
            camera={camera}
            servo={servo}
            moved={movedPresets(device.health)}
            blocked={controlsBlocked}
            quiet={servo !== null}
          />
        )}
        {hasPart(device, "siren") && (
          <SirenControl
            device_id={device.device_id}
            state={device.states?.siren}
            blocked={controlsBlocked}
            quiet={servo !== null}
          />
        )}
        <Link className={classes.more} to={`/devices/${device.device_id}`}>
          {t("live.more", { device: device.device_id })}
        </Link>
      </div>
    </div>
  );
}

function NoCamera({ anyDevice }: { anyDevice: boolean }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <EmptyState
        drawing={<FirstDevice />}
        title={t("live.empty.title")}
        text={t(anyDevice ? "live.empty.no_servo" : "live.empty.no_device")}
      >
        <Link className={classes.more} to="/devices">
          {t("live.empty.devices")}
        </Link>
      </EmptyState>
    </Panel>
  );
}

function LiveSkeleton() {
  return (
    <div className={classes.live} aria-busy="true">
      <Skeleton h={420} radius={16} />
      <Skeleton h={420} radius={12} />
    </div>
  );
}
