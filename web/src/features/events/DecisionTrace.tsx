// A Pi's decision, step by step: each check with what was seen and what was needed, then what was done.
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useTranslation } from "react-i18next";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { useZoneWords } from "@/ui/useZoneWords";
import classes from "./DecisionTrace.module.css";
import { type Decision, type Effect, isKnownCheck, type Step } from "./decision";

export function DecisionTrace({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const stepWords = useStepWords(decision);
  const effectWords = useEffectWords();
  const { outcome, mode, state, steps, effects } = decision;
  return (
    <div data-testid="decision" data-outcome={outcome}>
      <p className={classes.outcome}>{t(`events.decision.outcome.${outcome}`)}</p>
      <p className={classes.circumstance}>
        {t("events.decision.mode", { mode: t(`mode.word.${mode}`), state: t(`mode.state.${state}`) })}
      </p>
      {steps.length > 0 && (
        <>
          <h4 className={classes.heading}>{t("events.decision.steps")}</h4>
          <ol className={classes.list}>
            {steps.map((step) => (
              <Line
                key={step.check}
                good={step.passed}
                mark={t(step.passed ? "events.decision.passed" : "events.decision.failed")}
              >
                {stepWords(step)}
              </Line>
            ))}
          </ol>
        </>
      )}
      {(effects.length > 0 || outcome === "alarm") && (
        <>
          <h4 className={classes.heading}>{t("events.decision.effects")}</h4>
          {effects.length === 0 && <p className={classes.none}>{t("events.decision.effect.none")}</p>}
          <ul className={classes.list}>
            {effects.map((effect) => (
              <Line
                key={effect.kind}
                good={effect.done}
                mark={t(effect.done ? "events.decision.passed" : "events.decision.failed")}
              >
                {effectWords(effect)}
              </Line>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Line({ good, mark, children }: { good: boolean; mark: string; children: string }) {
  const Icon = good ? IconCheck : IconX;
  return (
    <li className={classes.line} data-good={good}>
      <Icon size={18} stroke={2} aria-hidden="true" />
      <span className={classes.hidden}>{mark}: </span>
      {children}
    </li>
  );
}

function useStepWords({ mode }: Decision): (step: Step) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  const seconds = (value: unknown) => (typeof value === "number" ? duration(value, language) : "?");
  const sensors = (value: unknown) => {
    const keys = (Array.isArray(value) ? value : [value]).filter((key) => typeof key === "string");
    return new Intl.ListFormat(language, { type: "disjunction" }).format(keys.map((key) => zoneWords(key).name));
  };
  return ({ check, passed, seen }) => {
    if (!isKnownCheck(check)) return `${check} ${JSON.stringify(seen)}`;
    return t(`events.decision.check.${check}_${passed ? "yes" : "no"}`, {
      mode: t(`mode.word.${mode}`),
      cooldown: seconds(seen.cooldown_s),
      since: seconds(seen.since_s),
      hold: seconds(seen.hold_s),
      seen: String(seen.seen ?? "?"),
      needed: String(seen.needed ?? "?"),
      within: seconds(seen.within_s),
      by: sensors(seen.by ?? seen.by_any_of),
      delay: seconds(seen.delay_s),
    });
  };
}

/** The Pi's reasons are in English; those that there are have words of their own. */
const MISSING: Record<string, "siren" | "servo" | "camera"> = {
  "no siren on this device": "siren",
  "no servo on this device": "servo",
  "no camera on this device": "camera",
};

function useEffectWords(): (effect: Effect) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  return ({ kind, length_s, preset, done, reason }) => {
    const what = t(`events.decision.effect.${kind}`, { time: duration(length_s, language), preset });
    if (done) return what;
    const missing = MISSING[reason];
    const why = t("events.decision.not_done", { reason: missing ? t(`events.decision.no.${missing}`) : reason });
    return `${what} · ${why}`;
  };
}
