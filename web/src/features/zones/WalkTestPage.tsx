// Walk through the house while it is disarmed: each zone ticks when its detection arrives here, all the way from its Pi.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useGuard } from "@/api/alarm";
import { serverNow_ms } from "@/api/connection";
import { zoneKey } from "@/api/guard";
import { request } from "@/api/http";
import { useMode } from "@/api/queries";
import { newestCursor } from "@/api/timeline";
import type { EventPage, SiteZone } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { useLanguage } from "@/i18n";
import { PageHeader, Panel } from "@/ui/Panel";
import { useShowFailure } from "@/ui/useShowFailure";
import { useZoneWords } from "@/ui/useZoneWords";
import { WalkReport } from "./WalkReport";
import classes from "./WalkTestPage.module.css";
import { walkIn } from "./walkTest";

const NO_ZONES: SiteZone[] = [];

export default function WalkTestPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const zones = useGuard().data?.zones ?? NO_ZONES;
  const walk = walkIn(search);
  return (
    <>
      <PageHeader title={t("walk.title")}>
        <Button component={Link} to="/alerts" variant="default" h={44}>
          {t("zones.page.back")}
        </Button>
      </PageHeader>
      <div className={classes.page}>
        <ModeWarning started={walk !== null && walk.until_ms === null} />
        {walk ? (
          <WalkReport
            walk={walk}
            zones={zones}
            end={() => setSearch((now) => set(now, "until", new Date(serverNow_ms()).toISOString()))}
            again={() => setSearch({})}
          />
        ) : (
          <Start zones={zones} begin={(after) => setSearch({ after: String(after), since: now() })} />
        )}
      </div>
    </>
  );
}

function now(): string {
  return new Date(serverNow_ms()).toISOString();
}

function set(search: URLSearchParams, name: string, value: string): URLSearchParams {
  search.set(name, value);
  return search;
}

/** The mode in which nothing but what always guards can alarm, or null. */
function useIsActive(): boolean | null {
  const mode = useMode().data;
  return mode?.known ? mode.mode === "active" : null;
}

function ModeWarning({ started }: { started: boolean }) {
  const { t } = useTranslation();
  const active = useIsActive();
  const mode = useMode().data?.mode;
  if (active !== false || mode === undefined) return null;
  return (
    <p className={classes.warning} role="status" data-testid="walk-mode">
      {t(started ? "walk.mode_changed" : "walk.mode", { mode: t(`mode.word.${mode}`) })}
    </p>
  );
}

function Start({ zones, begin }: { zones: SiteZone[]; begin: (after: number) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  const showFailure = useShowFailure();
  const reachable = useReachable();
  const active = useIsActive();
  const newest = useMutation({
    mutationFn: async () => newestCursor((await request<EventPage>("/api/events?limit=1")).events) ?? 0,
    onSuccess: begin,
    onError: showFailure("walk", t("walk.title")),
  });
  const always = zones.filter(({ type }) => type === "always").map((zone) => zoneWords(zoneKey(zone)).name);
  return (
    <Panel>
      <div className={classes.start}>
        <p>{t("walk.text")}</p>
        {zones.length === 0 && <p className={classes.hint}>{t("zones.none")}</p>}
        {always.length > 0 && (
          <p className={classes.warning} data-testid="walk-always">
            {t("walk.always", { zones: new Intl.ListFormat(language).format(always) })}
          </p>
        )}
        <Button
          h={48}
          disabled={!reachable || active !== true || zones.length === 0}
          loading={newest.isPending}
          data-testid="walk-start"
          onClick={() => newest.mutate()}
        >
          {t("walk.start")}
        </Button>
      </div>
    </Panel>
  );
}
