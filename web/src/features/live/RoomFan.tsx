// The place of the picture while there is no camera: the room from above, the beam where the servo really points.
import { memo, useId } from "react";
import { useTranslation } from "react-i18next";
import classes from "./RoomFan.module.css";
import { type Fan, fanOf, isAt, pointAt, type Servo, slice } from "./servo";
import { useAngleWords } from "./useAngleWords";

/** Half of what a usual Pi camera sees across. */
const HALF_VIEW_DEG = 31;
const GRID_STEP_DEG = 15;

export const RoomFan = memo(function RoomFan({ servo, stale }: { servo: Servo; stale: boolean }) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const beam = useId();
  const fan = fanOf(servo);
  const { min_angle_deg: min, max_angle_deg: max } = servo;
  const centre = { transformOrigin: `${fan.cx}px ${fan.cy}px` };
  return (
    <svg
      viewBox={`0 0 ${fan.width} ${fan.height}`}
      className={classes.fan}
      data-stale={stale || undefined}
      role="img"
      aria-label={t("live.fan", { angle: words(servo.angle_deg), min: words(min), max: words(max) })}
    >
      <defs>
        <radialGradient id={beam} gradientUnits="userSpaceOnUse" cx={fan.cx} cy={fan.cy} r={fan.radius}>
          <stop offset="0" className={classes.near} />
          <stop offset="1" className={classes.far} />
        </radialGradient>
      </defs>
      <path d={slice(fan, min, max)} className={classes.reach} />
      {[0.34, 0.67].map((share) => (
        <path key={share} d={arc(fan, min, max, share)} className={classes.ring} />
      ))}
      <g
        className={classes.turn}
        style={{ ...centre, transform: `rotate(${servo.angle_deg}deg)` }}
        data-testid="fan-beam"
      >
        <path d={slice(fan, -HALF_VIEW_DEG, HALF_VIEW_DEG)} fill={`url(#${beam})`} />
        <path d={`M${fan.cx} ${fan.cy - 26}V${fan.cy - fan.radius}`} className={classes.axis} />
      </g>
      <Scale fan={fan} min={min} max={max} />
      {!isAt(servo.target_deg, servo.angle_deg) && (
        <g
          className={classes.turn}
          style={{ ...centre, transform: `rotate(${servo.target_deg}deg)` }}
          data-testid="fan-target"
        >
          <path d={`M${fan.cx} ${fan.cy - 26}V${fan.cy - fan.radius - 6}`} className={classes.target} />
        </g>
      )}
      {servo.presets.map((preset, index) => (
        <PresetMark
          key={preset.name}
          fan={fan}
          angle_deg={preset.angle_deg}
          label={preset.name}
          number={index + 1}
          current={isAt(servo.angle_deg, preset.angle_deg)}
        />
      ))}
      <g className={classes.turn} style={{ ...centre, transform: `rotate(${servo.angle_deg}deg)` }}>
        <path d={`M${fan.cx - 7} ${fan.cy - 12}l-5-13h24l-5 13z`} className={classes.lens} />
      </g>
      <circle cx={fan.cx} cy={fan.cy} r="15" className={classes.body} />
      <circle cx={fan.cx} cy={fan.cy} r="4" className={classes.pivot} />
    </svg>
  );
});

function arc(fan: Fan, min: number, max: number, share: number): string {
  const outline = slice(fan, min, max, share);
  const to = outline.slice(outline.indexOf("L") + 1, -1);
  return `M${to}`;
}

function Scale({ fan, min, max }: { fan: Fan; min: number; max: number }) {
  const ticks: number[] = [];
  for (let at = Math.ceil(min / GRID_STEP_DEG) * GRID_STEP_DEG; at <= max; at += GRID_STEP_DEG) ticks.push(at);
  return (
    <g>
      <path d={arc(fan, min, max, 1)} className={classes.rim} />
      {ticks.map((at) => {
        const from = pointAt(fan, at, at % 45 === 0 ? 0.955 : 0.975);
        const to = pointAt(fan, at);
        return <path key={at} d={`M${from.x} ${from.y}L${to.x} ${to.y}`} className={classes.tick} />;
      })}
      {[min, max].map((at) => {
        const to = pointAt(fan, at, 1.03);
        return <path key={at} d={`M${fan.cx} ${fan.cy}L${to.x} ${to.y}`} className={classes.limit} />;
      })}
    </g>
  );
}

interface PresetMarkProps {
  fan: Fan;
  angle_deg: number;
  label: string;
  number: number;
  current: boolean;
}

function PresetMark({ fan, angle_deg, label, number, current }: PresetMarkProps) {
  const pin = pointAt(fan, angle_deg, 1);
  const away = pointAt(fan, angle_deg, 1 + 17 / fan.radius);
  const side = Math.abs(angle_deg) < 12 ? "middle" : angle_deg < 0 ? "end" : "start";
  return (
    <g className={classes.preset} data-current={current || undefined}>
      <circle cx={pin.x} cy={pin.y} r="9" />
      <text x={pin.x} y={pin.y + 4} className={classes.number}>
        {number}
      </text>
      <text x={away.x} y={away.y + (side === "middle" ? 0 : 3)} textAnchor={side} className={classes.name}>
        {label}
      </text>
    </g>
  );
}
