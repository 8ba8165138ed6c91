// The hero of Home: shield, word, who and when, what it means or why it is not known, and the choice.
import { Skeleton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { connection } from "@/api/connection";
import { clockTime, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./ModeHero.module.css";
import { ModeOptions } from "./ModeOptions";
import { Shield } from "./Shield";
import { useModeControl } from "./useModeControl";
import { useTruthWords } from "./useTruthWords";

export function ModeHero({ large = false }: { large?: boolean }) {
  const { t } = useTranslation();
  const control = useModeControl();
  const words = useTruthWords(control.truth);
  const { truth, shown } = control;
  useOfferedPin(control, large);
  if (truth.doubt === "waiting") {
    return <Skeleton h={large ? 420 : 212} radius={16} data-testid="mode-loading" />;
  }
  const disarm = truth.state === "arming" ? t("mode.cancel") : t("mode.disarm");
  return (
    <section
      className={classes.hero}
      aria-label={t("mode.label")}
      data-testid="mode-control"
      data-mode={shown}
      data-state={truth.state}
      data-doubt={truth.doubt ?? undefined}
      data-large={large || undefined}
    >
      <Shield truth={truth} size={large ? 220 : 132} />
      <div className={classes.words}>
        <p className={classes.word}>{words.headline}</p>
        <Since control={control} />
        <p className={classes.means}>{words.means}</p>
        {(truth.state === "arming" || truth.state === "pending" || truth.state === "triggered") && (
          <button
            type="button"
            className={classes.cancel}
            data-testid="mode-cancel"
            disabled={!control.enabled}
            onClick={() => control.choose("active")}
          >
            {disarm}
          </button>
        )}
      </div>
      <div className={classes.choice}>
        <ModeOptions control={control} large={large} />
      </div>
    </section>
  );
}

/** On the wall the pad is there by itself when somebody comes in: no tap is lost. */
function useOfferedPin({ truth, somebodyHasPin, offerPin }: ReturnType<typeof useModeControl>, large: boolean): void {
  const latest = useRef(offerPin);
  useEffect(() => {
    latest.current = offerPin;
  });
  const isDue = large && somebodyHasPin && truth.state === "pending";
  useEffect(() => {
    if (isDue) latest.current();
  }, [isDue]);
}

/** The mode that was chosen, by whom and when. While it is not known whether it is guarded so, it is only the last known. */
function Since({ control }: { control: ReturnType<typeof useModeControl> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { state, shown, truth } = control;
  if (state === undefined || shown === "unknown") return null;
  const mode = t(`mode.word.${shown}`);
  if (truth.state === "unknown") return <p className={classes.since}>{t("mode.last_known", { mode })}</p>;
  const words = [mode];
  if (state.changed_by) words.push(setBy(state.changed_by));
  if (state.changed_at) {
    const today = localDay(state.changed_at) === localDay(Date.now() + connection.get().clockOffset_ms);
    const time = today ? clockTime(state.changed_at, language) : shortMoment(state.changed_at, language);
    words.push(t("mode.since", { time }));
  }
  return <p className={classes.since}>{words.join(" · ")}</p>;

  /** Without accounts the server and the bridge know a way, not a person. */
  function setBy(who: string): string {
    if (who === "dashboard" || who === "mqtt") return t(`mode.set_via.${who}`);
    return t("mode.set_by", { who });
  }
}
