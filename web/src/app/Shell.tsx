// What surrounds every page: navigation, top bar, the unreachable bar, the alert banner, toasts, announcements.
import { Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { groupAlerts, isOpen, isTrouble } from "@/api/alerts";
import { useAlerts } from "@/api/queries";
import { useFreshness } from "@/api/useFreshness";
import { AlertBanner } from "./AlertBanner";
import { Announcer } from "./Announcer";
import { EntryDelay } from "./EntryDelay";
import { ErrorBoundary } from "./ErrorBoundary";
import { Nav } from "./Nav";
import { pageOf } from "./pages";
import classes from "./Shell.module.css";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";
import { UnreachableBar } from "./UnreachableBar";
import { useAlertToasts } from "./useAlertToasts";
import { useDocumentTitle } from "./useDocumentTitle";
import { useShortcuts } from "./useShortcuts";

const HelpDialog = lazy(() => import("./HelpDialog"));

export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const alerts = useAlerts().data;
  const { unreachableSince_ms } = useFreshness();
  const [help, { open: openHelp, close }] = useDisclosure();
  const groups = useMemo(() => groupAlerts(alerts ?? []), [alerts]);
  const open = alerts?.filter(isOpen) ?? [];
  const alarmed = open.some((alert) => !isTrouble(alert));
  const page = pageOf(pathname);
  useDocumentTitle(page, open.length);
  useShortcuts(openHelp);
  useAlertToasts();
  const stale = unreachableSince_ms !== null;
  const skip = useCallback(() => document.getElementById("main")?.focus(), []);
  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={skip}>
        {t("shell.skip")}
      </button>
      <Nav openAlerts={open.length} alarmed={alarmed} />
      <div className={classes.column}>
        <TopBar openAlerts={open.length} alarmed={alarmed} stale={stale} onHelp={openHelp} />
        <UnreachableBar since_ms={unreachableSince_ms} />
        {page !== "home" && <EntryDelay />}
        <AlertBanner groups={groups} spoken={pathname === "/alerts"} />
        <main
          id="main"
          tabIndex={-1}
          className={stale ? `${classes.main} stale` : classes.main}
          data-stale={stale || undefined}
        >
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<PageSkeleton />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <Toasts />
      <Announcer />
      {help && (
        <Suspense fallback={null}>
          <HelpDialog onClose={close} />
        </Suspense>
      )}
    </div>
  );
}

function PageSkeleton() {
  return (
    <div aria-busy="true" className={classes.skeleton}>
      <Skeleton h={32} w={180} radius={8} />
      <Skeleton h={200} radius={16} />
      <Skeleton h={96} radius={12} />
    </div>
  );
}
