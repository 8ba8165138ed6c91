// Asking the servo to turn, and the angle that was asked for until the Pi's own state answers.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isAt, type Servo, type Turn } from "./servo";
import { useAngleWords } from "./useAngleWords";
import { type CommandPhase, useCommand } from "./useCommand";

interface Asked {
  angle_deg: number;
  /** Where the Pi said it was going when this was asked: once that changes, the Pi has answered. */
  target_before_deg: number;
}

export interface ServoTurns {
  phase: CommandPhase;
  isBusy: () => boolean;
  asked_deg: number | null;
  turn: (turn: Turn) => void;
}

export function useServoTurns(device_id: string, servo: Servo): ServoTurns {
  const { t } = useTranslation();
  const words = useAngleWords();
  const { phase, isBusy, send } = useCommand(device_id, "servo");
  const [asked, setAsked] = useState<Asked | null>(null);

  const failed = phase.step === "refused" || phase.step === "timed_out";
  const told = phase.step === "done" && phase.angle_deg !== null && isAt(phase.angle_deg, servo.target_deg);
  const answered = asked !== null && (told || !isAt(servo.target_deg, asked.target_before_deg));
  useEffect(() => {
    if (failed || answered) setAsked(null);
  }, [failed, answered]);

  const turn = (wish: Turn) => {
    const angle_deg = angleOf(wish, servo);
    setAsked(isAt(angle_deg, servo.target_deg) ? null : { angle_deg, target_before_deg: servo.target_deg });
    if ("direction" in wish) send(wish, t(`live.ask.${wish.direction}`));
    else if ("preset" in wish) send(wish, wish.preset);
    else send(wish, words(wish.angle_deg));
  };
  return { phase, isBusy, asked_deg: failed || answered ? null : (asked?.angle_deg ?? null), turn };
}

/** Where this will lead as far as this page knows. */
function angleOf(wish: Turn, servo: Servo): number {
  if ("angle_deg" in wish) return wish.angle_deg;
  if ("preset" in wish) return servo.presets.find(({ name }) => name === wish.preset)?.angle_deg ?? servo.target_deg;
  if (wish.direction === "center") return 0;
  const step = wish.direction === "left" ? -servo.step_deg : servo.step_deg;
  return Math.min(servo.max_angle_deg, Math.max(servo.min_angle_deg, servo.target_deg + step));
}
