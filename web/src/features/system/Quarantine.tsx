// What was received but is no event: kept with the reason, so that a badly written sensor is found.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { request } from "@/api/http";
import type { QuarantinedItem, QuarantineList } from "@/api/types";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import classes from "./SystemPage.module.css";

const SHOWN = 20;
const EVERY_MS = 30_000;

export function Quarantine() {
  const { t } = useTranslation();
  const items = useQuery({
    queryKey: ["quarantine"],
    queryFn: async ({ signal }) => (await request<QuarantineList>(`/api/quarantine?limit=${SHOWN}`, { signal })).items,
    refetchInterval: EVERY_MS,
  }).data;
  const { hash } = useLocation();
  const loaded = items !== undefined;
  const list = useRef<HTMLParagraphElement>(null);
  // An alert of two events under one number leads here, to the far end of the page.
  useEffect(() => {
    if (loaded && hash === "#refused") list.current?.scrollIntoView?.({ block: "center" });
  }, [loaded, hash]);
  if (items === undefined) return null;
  return (
    <Panel title={t("system.quarantine.title")} className={classes.wide}>
      <p ref={list} className={classes.text}>
        {t(items.length === 0 ? "system.quarantine.none" : "system.quarantine.means")}
      </p>
      {items.length > 0 && (
        <ul className={classes.items} data-testid="quarantine">
          {items.map((item) => (
            <Item key={item.id} item={item} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Item({ item }: { item: QuarantinedItem }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <li>
      <details className={classes.item}>
        <summary>
          <span className={classes.reason}>{item.reason}</span>
          <span className={classes.from}>
            {item.topic ?? item.device_id ?? t("system.unknown")} · {shortMoment(item.received_at, language)}
          </span>
        </summary>
        <pre className={classes.payload}>{item.payload}</pre>
      </details>
    </li>
  );
}
