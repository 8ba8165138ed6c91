// One polite line under the controls: sent, done, or why not in the server's own words.
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconHourglassEmpty from "@tabler/icons-react/dist/esm/icons/IconHourglassEmpty.mjs";
import IconSend from "@tabler/icons-react/dist/esm/icons/IconSend.mjs";
import { useTranslation } from "react-i18next";
import type { IconType } from "@/ui/icons";
import classes from "./CommandStatus.module.css";
import { useAngleWords } from "./useAngleWords";
import type { CommandPhase } from "./useCommand";

const ICONS: Record<Exclude<CommandPhase["step"], "idle">, IconType> = {
  sent: IconSend,
  done: IconCheck,
  refused: IconAlertTriangle,
  timed_out: IconHourglassEmpty,
};

const WHY = [
  [404, "no_part"],
  [409, "away"],
  [422, "refused"],
  [503, "no_bridge"],
] as const;

/** `idle`: what to say while no command was given. */
export function CommandStatus({ phase, idle, testid }: { phase: CommandPhase; idle?: string; testid: string }) {
  const sentence = useSentence(phase);
  const detail = phase.step === "refused" || phase.step === "timed_out" ? phase.detail : null;
  const Icon = phase.step === "idle" ? null : ICONS[phase.step];
  return (
    <p className={classes.status} role="status" data-testid={testid} data-status={phase.step}>
      {Icon && <Icon size={18} stroke={2} aria-hidden="true" />}
      <span>
        {phase.step === "idle" ? idle : sentence}
        {detail && (
          <span className={classes.detail} lang="en">
            {detail}
          </span>
        )}
      </span>
    </p>
  );
}

function useSentence(phase: CommandPhase): string {
  const { t } = useTranslation();
  const words = useAngleWords();
  switch (phase.step) {
    case "idle":
      return "";
    case "sent":
      return t("live.command.sent", { what: phase.what });
    case "done":
      return phase.angle_deg === null
        ? t("live.command.done", { what: phase.what })
        : t("live.command.done_angle", { what: phase.what, angle: words(phase.angle_deg) });
    case "refused": {
      const why = WHY.find(([status]) => status === phase.status)?.[1] ?? "other";
      return t("live.command.refused", { what: phase.what, why: t(`live.command.why.${why}`) });
    }
    case "timed_out":
      return phase.detail === null
        ? t("live.command.no_answer", { what: phase.what })
        : t("live.command.timed_out", { what: phase.what });
  }
}
