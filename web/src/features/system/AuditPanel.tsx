// The audit log: who did what, from where, when. Newest first.
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useAudit } from "@/api/people";
import type { AuditEntry } from "@/api/types";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import { useZoneWords } from "@/ui/useZoneWords";
import classes from "./People.module.css";
import systemClasses from "./SystemPage.module.css";

const FIRST = 20;
const MOST = 1000;

export function AuditPanel() {
  const { t } = useTranslation();
  const [limit, setLimit] = useState(FIRST);
  const query = useAudit(limit);
  const entries = query.data;
  const { hash } = useLocation();
  const list = useRef<HTMLParagraphElement>(null);
  const loaded = entries !== undefined;
  // An alert of a wrong PIN leads here.
  useEffect(() => {
    if (loaded && hash === "#audit") list.current?.scrollIntoView?.({ block: "center" });
  }, [loaded, hash]);
  if (query.isError && !loaded) {
    return (
      <Panel title={t("audit.title")} className={systemClasses.wide}>
        <LoadError error={query.error} retry={() => void query.refetch()} />
      </Panel>
    );
  }
  if (!loaded) return null;
  return (
    <Panel title={t("audit.title")} className={systemClasses.wide}>
      <p ref={list} className={classes.text}>
        {t(entries.length === 0 ? "audit.none" : "audit.means")}
      </p>
      <ol className={classes.audit} data-testid="audit">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {entries.length === limit && limit < MOST && (
        <Button variant="default" h={44} loading={query.isFetching} onClick={() => setLimit(Math.min(MOST, limit * 5))}>
          {t("audit.more")}
        </Button>
      )}
    </Panel>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useAuditWords();
  const isWarning = WARNINGS.includes(entry.action);
  return (
    <li
      className={classes.entry}
      data-testid="audit-entry"
      data-action={entry.action}
      data-warning={isWarning || undefined}
    >
      <time dateTime={entry.at}>{shortMoment(entry.at, language)}</time>
      <span className={classes.what} data-testid="audit-what">
        {words(entry)}
      </span>
      <span className={classes.who}>
        {[entry.actor || t("audit.nobody"), entry.origin].filter((word) => word !== "").join(" · ")}
      </span>
    </li>
  );
}

const WARNINGS: readonly AuditEntry["action"][] = ["pin_failed", "pin_closed", "sign_in_failed"];
const ROLES = ["viewer", "operator", "admin", "ingest"] as const;
const MODES = ["active", "surveillance", "night"] as const;

function useAuditWords(): (entry: AuditEntry) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  return ({ action, detail }) => {
    if (action === "mode") {
      const mode = MODES.find((one) => one === detail.mode);
      const set = t("audit.action.mode", { mode: t(`mode.word.${mode ?? "unknown"}`) });
      const bypass = (Array.isArray(detail.bypass) ? detail.bypass : []).filter((zone) => typeof zone === "string");
      if (bypass.length === 0) return set;
      const zones = new Intl.ListFormat(language).format(bypass.map((zone) => zoneWords(zone).name));
      return `${set} · ${t("audit.without", { zones })}`;
    }
    const name = String(detail.name ?? "");
    const count = Number(detail.failures ?? 0);
    const role = ROLES.find((one) => one === (detail.role ?? detail.scope));
    const values = { name, count, role: role ? t(`session.role.${role}`) : "", address: String(detail.address ?? "") };
    return t(`audit.action.${action}`, { ...values, defaultValue: action });
  };
}
