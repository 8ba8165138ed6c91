// Where somebody is signed in: browser and address in words, since when, last seen; and the button that ends it.
import "@/i18n/access";
import { Button } from "@mantine/core";
import IconDeviceDesktop from "@tabler/icons-react/dist/esm/icons/IconDeviceDesktop.mjs";
import IconDeviceMobile from "@tabler/icons-react/dist/esm/icons/IconDeviceMobile.mjs";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useAccessChanges, useSessions } from "@/api/accounts";
import { signOut } from "@/api/session";
import type { SessionInfo } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { relativeTime, shortMoment } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./Access.module.css";
import { browserNames } from "./browserWords";
import { Refusal } from "./Refusal";
import { useAttempt } from "./useAttempt";

/** `of`: whose; null: everybody's. */
export function SessionsPanel({ of }: { of: string | null }) {
  const { t } = useTranslation();
  const query = useSessions();
  const change = useAttempt();
  const { endSession } = useAccessChanges();
  const { hash } = useLocation();
  const top = useRef<HTMLDivElement>(null);
  const sessions = query.data?.filter(({ user_name }) => of === null || user_name === of);
  const isLoaded = sessions !== undefined;
  useEffect(() => {
    if (isLoaded && hash === "#sessions") top.current?.scrollIntoView?.({ block: "center" });
  }, [isLoaded, hash]);
  const end = ({ id, is_this_one }: SessionInfo) =>
    void change.attempt(() => (is_this_one ? signOut() : endSession(id)));
  return (
    <Panel
      title={t(of === null ? "access.sessions.all" : "access.sessions.mine")}
      className={of === null ? classes.wide : undefined}
    >
      <div ref={top}>
        {query.isError && !isLoaded && <LoadError error={query.error} retry={() => void query.refetch()} />}
        {isLoaded && (
          <p className={classes.text}>{t(of === null ? "access.sessions.means" : "access.sessions.means_mine")}</p>
        )}
        <ul className={classes.list} data-testid="sessions">
          {sessions?.map((session) => (
            <Place key={session.id} session={session} named={of === null} busy={change.busy} end={() => end(session)} />
          ))}
        </ul>
        <Refusal of={change} testid="session-refused" />
      </div>
    </Panel>
  );
}

interface PlaceProps {
  session: SessionInfo;
  /** Says whose it is. */
  named: boolean;
  busy: boolean;
  end: () => void;
}

function Place({ session, named, busy, end }: PlaceProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reachable = useReachable();
  const now_ms = useNow_ms(60_000);
  const { user_name, address, browser, created_at, seen_at, is_this_one } = session;
  const names = browserNames(browser);
  const words =
    names === null
      ? t("access.sessions.unknown")
      : names.system === ""
        ? names.browser
        : t("access.sessions.browser_on", { browser: names.browser, system: names.system });
  const Icon = /iPhone|iPad|Android/.test(browser) ? IconDeviceMobile : IconDeviceDesktop;
  return (
    <li className={classes.row} data-testid="session" data-this={is_this_one || undefined} data-user={user_name}>
      <Icon size={22} stroke={1.75} aria-hidden="true" />
      <span className={classes.words}>
        <span className={classes.name}>
          {named ? `${user_name} · ${words}` : words}
          {is_this_one && <span className={classes.badge}>{t("access.sessions.this_one")}</span>}
        </span>
        <span className={classes.meta} title={browser}>
          {[
            /^(127\.|::1$)/.test(address) ? t("access.sessions.here") : t("access.sessions.from", { address }),
            t("access.sessions.since", { time: shortMoment(created_at, language) }),
            is_this_one ? "" : t("access.sessions.seen", { time: relativeTime(seen_at, now_ms, language) }),
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </span>
      </span>
      <span className={classes.actions}>
        <Button
          variant="default"
          h={44}
          disabled={!reachable || busy}
          aria-label={t("access.sessions.end_label", { name: user_name, browser: words })}
          data-testid="session-end"
          onClick={end}
        >
          {t("access.sessions.end")}
        </Button>
      </span>
    </li>
  );
}
