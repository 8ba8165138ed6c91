// The hero of Home: shield, word, who and when, what it means, and the choice.
import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { connection } from "@/api/connection";
import { clockTime, localDay, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./ModeHero.module.css";
import { ModeOptions } from "./ModeOptions";
import { Shield } from "./Shield";
import { useModeControl } from "./useModeControl";

export function ModeHero({ large = false }: { large?: boolean }) {
  const { t } = useTranslation();
  const control = useModeControl();
  if (control.loading) return <Skeleton h={large ? 420 : 212} radius={16} data-testid="mode-loading" />;
  return (
    <section
      className={classes.hero}
      aria-label={t("mode.label")}
      data-testid="mode-control"
      data-mode={control.shown}
      data-large={large || undefined}
    >
      <Shield mode={control.shown} size={large ? 220 : 132} />
      <div className={classes.words}>
        <p className={classes.word}>{t(`mode.word.${control.shown}`)}</p>
        <Since control={control} />
        <p className={classes.means}>{t(control.state ? `mode.means.${control.shown}` : "mode.unasked")}</p>
      </div>
      <div className={classes.choice}>
        <ModeOptions control={control} />
      </div>
    </section>
  );
}

function Since({ control }: { control: ReturnType<typeof useModeControl> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { state, shown } = control;
  if (state === undefined || shown === "unknown") return null;
  const words = [setBy(state.changed_by ?? "")];
  if (state.changed_at) {
    const today = localDay(state.changed_at) === localDay(Date.now() + connection.get().clockOffset_ms);
    const time = today ? clockTime(state.changed_at, language) : shortMoment(state.changed_at, language);
    words.push(t("mode.since", { time }));
  } else if (!state.changed_by) return null;
  return <p className={classes.since}>{words.join(" · ")}</p>;

  /** Without accounts the server and the bridge know a way, not a person. */
  function setBy(who: string): string {
    if (who === "dashboard" || who === "mqtt") return t(`mode.set_via.${who}`);
    return who ? t("mode.set_by", { who }) : t("mode.set");
  }
}
