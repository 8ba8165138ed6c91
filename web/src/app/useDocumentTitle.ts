// The tab's title: open alerts first, so that they are seen from another tab.
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { PageName } from "./pages";

export function useDocumentTitle(page: PageName | undefined, openAlerts: number): void {
  const { t } = useTranslation();
  const name = t("shell.name");
  const title = page ? `${t(`shell.nav.${page}`)} · ${name}` : name;
  useEffect(() => {
    document.title = openAlerts > 0 ? `(${openAlerts}) ${title}` : title;
  }, [title, openAlerts]);
}
