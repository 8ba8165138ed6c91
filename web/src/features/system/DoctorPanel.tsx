// The server's machine, examined on demand: what has to be mended first, what is fine folded away.
import { Button, VisuallyHidden } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleX from "@tabler/icons-react/dist/esm/icons/IconCircleX.mjs";
import IconEyeOff from "@tabler/icons-react/dist/esm/icons/IconEyeOff.mjs";
import { useTranslation } from "react-i18next";
import { useExamination } from "@/api/doctor";
import type { Examination, Finding } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { clockTime, duration } from "@/format/time";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import { CopyButton } from "@/ui/Snippet";
import "@/i18n/doctor";
import classes from "./DoctorPanel.module.css";
import { lineOf, MARKS, pieces, SUBJECTS } from "./findings";
import systemClasses from "./SystemPage.module.css";

export function DoctorPanel() {
  const { t } = useTranslation();
  const reachable = useReachable();
  const { mutate, data, error, isPending } = useExamination();
  const examine = () => mutate();
  return (
    <Panel title={t("doctor.title")} className={systemClasses.wide}>
      <div className={classes.panel} data-testid="doctor" aria-busy={isPending}>
        <p className={classes.text}>{t("doctor.means")}</p>
        <div className={classes.actions}>
          <Button h={44} loading={isPending} disabled={!reachable} data-testid="examine" onClick={examine}>
            {t(data ? "doctor.again" : "doctor.start")}
          </Button>
          {data && !isPending && <CopyButton text={data.findings.map(lineOf).join("\n")} />}
        </div>
        <p role="status" className={classes.text}>
          {isPending && t("doctor.running")}
        </p>
        {error && !isPending && <LoadError error={error} retry={examine} />}
        {data && !isPending && !error && <Found examination={data} />}
      </div>
    </Panel>
  );
}

function Found({ examination }: { examination: Examination }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { at, took_s, findings } = examination;
  const of = (mark: Finding["mark"]) => findings.filter((finding) => finding.mark === mark);
  const odd = MARKS.flatMap(of);
  const fine = of("ok");
  const counts = MARKS.filter((mark) => of(mark).length > 0).map((mark) =>
    t(`doctor.${mark}`, { count: of(mark).length }),
  );
  return (
    <>
      <div>
        <p className={classes.summary} data-testid="doctor-summary" role="status">
          {counts.length > 0 ? counts.join(" · ") : t("doctor.all_well")}
        </p>
        <p className={classes.text}>
          {t("doctor.as_of", { time: clockTime(at, language), took: duration(Math.max(1, took_s), language) })}{" "}
          {t("doctor.words")}
        </p>
      </div>
      {odd.length > 0 && <Findings findings={odd} />}
      {fine.length > 0 && (
        <details className={classes.fine} data-testid="doctor-fine">
          <summary>{t("doctor.fine", { count: fine.length })}</summary>
          <Findings findings={fine} />
        </details>
      )}
    </>
  );
}

const ICONS = { failed: IconCircleX, warning: IconAlertTriangle, unseen: IconEyeOff, ok: IconCircleCheck };

function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul className={classes.findings}>
      {findings.map((finding) => (
        <Line key={lineOf(finding)} finding={finding} />
      ))}
    </ul>
  );
}

function Line({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const Icon = ICONS[finding.mark];
  const subject = SUBJECTS.find((one) => one === finding.subject.replace(" ", "_"));
  return (
    <li className={classes.finding} data-testid="finding" data-mark={finding.mark} data-subject={finding.subject}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <div className={classes.words}>
        <VisuallyHidden>{t(`doctor.mark.${finding.mark}`)}: </VisuallyHidden>
        <strong title={t(`doctor.mark.${finding.mark}`)}>
          {subject ? t(`doctor.subject.${subject}`) : finding.subject}
        </strong>
        <p lang="en">{finding.seen}</p>
        {finding.mend && (
          <p className={classes.mend}>
            {t("doctor.mend")} <Mend text={finding.mend} />
          </p>
        )}
      </div>
      {finding.mark !== "ok" && <CopyButton text={lineOf(finding)} />}
    </li>
  );
}

/** What is between backticks is to be typed. */
function Mend({ text }: { text: string }) {
  return (
    <span lang="en">
      {pieces(text).map(({ at, words, isCode }) => (isCode ? <code key={at}>{words}</code> : words))}
    </span>
  );
}
