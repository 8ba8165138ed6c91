// The camera of a device: what it is, how it does, how much room its card has, what waits to be sent.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Camera, type CardRoom, hasPart, parseCamera } from "@/api/camera";
import type { SeenDevice } from "@/api/freshness";
import { amount, dataSize } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { useTroubleWords } from "@/ui/troubleWords";
import { AsOf } from "./AsOf";
import classes from "./CameraPanel.module.css";
import { Figure, Figures } from "./Figures";

interface CameraPanelProps {
  device: SeenDevice;
  stale: boolean;
  asOf: string | null;
}

/** Nothing for a device that has neither camera nor servo. */
export function CameraPanel({ device, stale, asOf }: CameraPanelProps) {
  const { t } = useTranslation();
  const camera = parseCamera(device.states?.camera);
  const hasCamera = hasPart(device, "camera");
  const hasServo = hasPart(device, "servo");
  if (!hasCamera && !hasServo) return null;
  return (
    <Panel title={t("devices.camera.title")} aside={<AsOf words={asOf} />}>
      <div data-testid="camera-panel">
        {camera ? (
          <CameraFigures camera={camera} stale={stale} />
        ) : (
          <p className={classes.text}>{t(hasCamera ? "devices.camera.unsaid" : "devices.camera.none")}</p>
        )}
        <p className={classes.links}>
          {hasCamera && (
            <Link className={classes.link} to={`/recordings?device=${device.device_id}`}>
              {t("devices.camera.recordings")}
            </Link>
          )}
          {hasServo && (
            <Link className={classes.link} to={`/devices/${device.device_id}/servo`} data-testid="to-calibration">
              {t("devices.camera.calibrate")}
            </Link>
          )}
        </p>
      </div>
    </Panel>
  );
}

function CameraFigures({ camera, stale }: { camera: Camera; stale: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const troubleWords = useTroubleWords();
  const state = useCameraState(camera);
  const { source, encoder, width, height, fps, luminance, viewers, card } = camera;
  const fault = camera.fault ? troubleWords({ code: "fault", detail: camera.fault }).title : undefined;
  return (
    <Figures stale={stale}>
      <Figure
        label={t("devices.camera.state")}
        value={state}
        note={fault}
        tone={(camera.state === "failed" || fault !== undefined) && !stale ? "trouble" : undefined}
        testid="camera-state"
      />
      <Figure label={t("devices.camera.source")} value={source || null} plain />
      <Figure label={t("devices.camera.encoder")} value={encoder || null} plain />
      <Figure
        label={t("devices.camera.size")}
        value={width > 0 ? `${width} × ${height}` : null}
        note={fps > 0 ? t("devices.camera.fps", { fps: amount(fps, language, 1) }) : undefined}
      />
      {luminance !== null && (
        <Figure
          label={t("devices.camera.luminance")}
          value={`${amount(luminance * 100, language)} %`}
          note={t("devices.camera.luminance_note")}
        />
      )}
      <Figure
        label={t("devices.camera.viewers")}
        value={amount(viewers, language)}
        note={t("devices.camera.viewers_note")}
      />
      {card && <CardFigures card={card} stale={stale} />}
    </Figures>
  );
}

function CardFigures({ card, stale }: { card: CardRoom; stale: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { clips, used_bytes, max_bytes, waiting, free_bytes, days_left } = card;
  const size = (bytes: number) => dataSize(bytes, language);
  const left =
    days_left === null
      ? null
      : days_left < 1
        ? t("devices.camera.left_less")
        : t("devices.camera.left_days", { count: Math.floor(days_left) });
  return (
    <>
      <Figure
        label={t("devices.camera.card")}
        value={amount(clips, language)}
        note={t("devices.camera.card_note", { used: size(used_bytes), max: size(max_bytes) })}
      />
      <Figure
        label={t("devices.camera.left")}
        value={left}
        note={free_bytes === null ? undefined : t("devices.camera.free", { free: size(free_bytes) })}
        testid="card-left"
      />
      <Figure
        label={t("devices.camera.waiting")}
        value={amount(waiting, language)}
        tone={waiting > 0 && !stale ? "trouble" : undefined}
        note={t("devices.camera.waiting_note")}
        testid="card-waiting"
      />
    </>
  );
}

function useCameraState(camera: Camera): string {
  const { t } = useTranslation();
  return t(`devices.camera.states.${camera.private && camera.state === "ok" ? "private" : camera.state}`);
}

/** For a tile: `Camera: pictures come · 1280 × 720, 15 a second` */
export function CameraLine({ device }: { device: SeenDevice }) {
  const { t } = useTranslation();
  const camera = parseCamera(device.states?.camera);
  return camera && <CameraWords camera={camera} label={t("devices.camera.title")} />;
}

function CameraWords({ camera, label }: { camera: Camera; label: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const state = useCameraState(camera);
  const { width, height, fps } = camera;
  return (
    <p className={classes.line} data-testid="camera-line" data-failed={camera.state === "failed" || undefined}>
      {label} · {state}
      {camera.state === "ok" &&
        width > 0 &&
        ` · ${t("devices.camera.line_size", { width, height, fps: amount(fps, language) })}`}
    </p>
  );
}
