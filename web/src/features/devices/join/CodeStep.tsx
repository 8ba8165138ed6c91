// The code and the whole command, for as long as the code is good.
import { useTranslation } from "react-i18next";
import type { EnrolmentState, MadeCode } from "@/api/types";
import { duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Snippet } from "@/ui/Snippet";
import classes from "./Join.module.css";

const OPTIONS = [
  { option: "--name raspberry-03", means: "name" },
  { option: "--camera picamera2", means: "camera" },
] as const;

export function CodeStep({ made, state }: { made: MadeCode; state: EnrolmentState | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const left_s = Math.ceil(state?.left_s ?? made.left_s);
  return (
    <>
      {state?.is_only_here && (
        <p className={classes.warning} data-testid="join-only-here">
          {t("join.only_here")}
        </p>
      )}
      <p className={classes.text}>{t("join.type")}</p>
      <div className={classes.secret}>
        <Snippet
          title={t("join.command")}
          text={`sudo ~/.local/bin/vigie join ${made.hub ?? ownPlace()} --code ${made.code}`}
        />
      </div>
      <dl className={classes.options}>
        {OPTIONS.map(({ option, means }) => (
          <div key={option}>
            <dt>{option}</dt>
            <dd>{t(`join.option.${means}`)}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.codeBox}>
        <span className={classes.label}>{t("join.code")}</span>
        {/* By groups: a line breaks between them, and a screen reader takes a breath. */}
        <span className={classes.code} data-testid="join-code">
          {made.code.split("-").map((group, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
            <span key={at}>{group}</span>
          ))}
        </span>
      </div>
      <p className={classes.waiting} role="status">
        {t("join.waiting")}{" "}
        <span aria-live="off" data-testid="join-left">
          {t("join.left", { time: duration(left_s, language) })}
        </span>
      </p>
    </>
  );
}

/** How this page was called is how a Pi can call it, too, where the server does not know better. */
function ownPlace(): string {
  return window.location.protocol === "https:" ? window.location.host : window.location.origin;
}
