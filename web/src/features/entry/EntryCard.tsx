// What is shown before anybody is let in: the mark, one card, and how the page looks.
import "@/i18n/access";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/connection";
import { UnreachableBar } from "@/app/UnreachableBar";
import { DisplaySettings } from "@/ui/DisplaySettings";
import { Lighthouse } from "@/ui/drawings";
import classes from "./Entry.module.css";

interface EntryCardProps {
  title: string;
  text?: string | undefined;
  children: ReactNode;
  testid: string;
}

export function EntryCard({ title, text, children, testid }: EntryCardProps) {
  const { t } = useTranslation();
  const { requests, lastHeard_ms } = useConnection();
  return (
    <div className={classes.page}>
      <UnreachableBar since_ms={requests === "failing" ? (lastHeard_ms ?? Date.now()) : null} />
      <main className={classes.main} data-testid={testid}>
        <div className={classes.brand}>
          <Lighthouse size={56} />
          <span>{t("shell.name")}</span>
        </div>
        <section className={classes.card}>
          <h1 className={classes.title}>{title}</h1>
          {text && <p className={classes.text}>{text}</p>}
          {children}
        </section>
        <details className={classes.display}>
          <summary>{t("access.display")}</summary>
          <DisplaySettings />
        </details>
      </main>
    </div>
  );
}
