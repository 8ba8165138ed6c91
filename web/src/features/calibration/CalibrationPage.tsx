// Calibrates a servo by eye, in four steps. Nothing is written anywhere: the last step shows the lines for the Pi's file.
import "@/i18n/calibration";
import { Button, Skeleton } from "@mantine/core";
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { hasPart, parseCamera } from "@/api/camera";
import { deviceStateNow, type SeenDevice } from "@/api/freshness";
import { useDevices } from "@/api/queries";
import { useKnownAt_ms, useReachable } from "@/api/useFreshness";
import { BlockedNote } from "@/features/live/BlockedNote";
import { useBlocked, useControlsBlocked } from "@/features/live/blocked";
import { LivePicture } from "@/features/live/LivePicture";
import { parseServo, type Servo } from "@/features/live/servo";
import { FirstDevice } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { LoadError } from "@/ui/LoadError";
import { PageHeader, Panel } from "@/ui/Panel";
import { Snippet } from "@/ui/Snippet";
import classes from "./CalibrationPage.module.css";
import { DEFAULT_PULSES, type Findings, servoToml } from "./calibration";
import { LimitsStep } from "./LimitsStep";
import { PresetsStep } from "./PresetsStep";
import { PulsesStep } from "./PulsesStep";
import { TurnRow } from "./TurnRow";

const STEPS = ["pulses", "limits", "presets", "lines"] as const;

export default function CalibrationPage() {
  const { t } = useTranslation();
  const { device: device_id = "" } = useParams();
  const devices = useDevices();
  const device = devices.data?.find((other) => other.device_id === device_id);
  const servo = parseServo(device?.states?.servo);
  return (
    <>
      <Link className={classes.back} to={`/devices/${device_id}`}>
        <IconChevronLeft size={20} stroke={2} aria-hidden="true" />
        {device_id}
      </Link>
      <PageHeader title={t("calibration.title")} />
      {device && servo ? (
        <Wizard key={device_id} device={device} servo={servo} />
      ) : devices.isPending ? (
        <Skeleton h={420} radius={12} />
      ) : devices.data === undefined ? (
        <LoadError error={devices.error} retry={() => void devices.refetch()} />
      ) : (
        <EmptyState drawing={<FirstDevice />} title={t("calibration.no_servo")} text={t("calibration.no_servo_text")} />
      )}
    </>
  );
}

function Wizard({ device, servo }: { device: SeenDevice; servo: Servo }) {
  const { t } = useTranslation();
  const blocked = useBlocked(device);
  const controlsBlocked = useControlsBlocked(blocked);
  const knownAt_ms = useKnownAt_ms();
  const stale = !useReachable() || deviceStateNow(device, knownAt_ms) !== "online";
  const [step, setStep] = useState(0);
  const [findings, setFindings] = useState<Findings>(() => startingFrom(servo));
  const heading = useRef<HTMLHeadingElement>(null);
  const name = STEPS[step] ?? "pulses";
  const change = (found: Partial<Findings>) => setFindings((before) => ({ ...before, ...found }));
  const moved = useRef(false);
  // A step that changes is read out from its heading; the first one is not what the reader came from.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the step changes
  useEffect(() => {
    if (moved.current) heading.current?.focus();
    moved.current = true;
  }, [step]);
  return (
    <div className={classes.wizard}>
      <div className={classes.side}>
        {hasPart(device, "camera") && (
          <LivePicture
            device_id={device.device_id}
            camera={parseCamera(device.states?.camera)}
            servo={null}
            blocked={blocked}
            stale={stale}
          />
        )}
        {controlsBlocked && <BlockedNote blocked={controlsBlocked} />}
        <TurnRow device_id={device.device_id} servo={servo} disabled={controlsBlocked !== null} />
      </div>
      <Panel>
        <div className={classes.step} data-testid="calibration" data-step={name}>
          <p className={classes.count}>{t("calibration.step", { step: step + 1, steps: STEPS.length })}</p>
          <h2 ref={heading} tabIndex={-1} className={classes.heading}>
            {t(`calibration.${name}.title`)}
          </h2>
          {name === "pulses" && <PulsesStep findings={findings} servo={servo} change={change} />}
          {name === "limits" && <LimitsStep findings={findings} servo={servo} change={change} />}
          {name === "presets" && <PresetsStep findings={findings} servo={servo} change={change} />}
          {name === "lines" && <Lines findings={findings} servo={servo} />}
          <div className={classes.moves}>
            <Button variant="default" h={44} disabled={step === 0} onClick={() => setStep(step - 1)}>
              {t("calibration.back")}
            </Button>
            {step < STEPS.length - 1 && (
              <Button h={44} data-testid="calibration-next" onClick={() => setStep(step + 1)}>
                {t("calibration.next")}
              </Button>
            )}
          </div>
        </div>
      </Panel>
    </div>
  );
}

function startingFrom(servo: Servo): Findings {
  const presets = servo.presets.map(({ name, angle_deg }) => ({ name, told_deg: angle_deg }));
  return { now: DEFAULT_PULSES, left: null, right: null, min_deg: null, max_deg: null, presets };
}

function Lines({ findings, servo }: { findings: Findings; servo: Servo }) {
  const { t } = useTranslation();
  const toml = servoToml(findings, servo);
  return (
    <>
      <p className={classes.text}>{t("calibration.lines.text")}</p>
      {toml === "" ? (
        <p className={classes.text}>{t("calibration.lines.nothing")}</p>
      ) : (
        <Snippet title="agent.toml" text={toml} />
      )}
      <p className={classes.text}>{t("calibration.lines.restart")}</p>
      <Snippet title={t("calibration.lines.shell")} text="sudo systemctl restart sensor-publisher" />
    </>
  );
}
