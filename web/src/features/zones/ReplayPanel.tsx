// The filters on what really happened: how many alarms there would have been, with them and without.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { serverNow_ms } from "@/api/connection";
import { queryString, request } from "@/api/http";
import type { Replay, SiteZone } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Choice } from "@/ui/Choice";
import { useReason } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./ZonePage.module.css";
import type { ZoneConfig } from "./zoneConfig";

const DAY_MS = 86_400_000;

interface Tried {
  replay: Replay;
  since_ms: number;
  until_ms: number;
}

export function ReplayPanel({ zone, config }: { zone: SiteZone; config: ZoneConfig }) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const reason = useReason();
  const [days, setDays] = useState<"7" | "30">("7");
  const [when, setWhen] = useState<"guarded" | "throughout">("guarded");
  const attempt = useMutation({
    mutationFn: async (config: ZoneConfig): Promise<Tried> => {
      const until_ms = serverNow_ms();
      const since_ms = until_ms - Number(days) * DAY_MS;
      const body = {
        device_id: zone.device_id,
        sensor: zone.sensor,
        since: new Date(since_ms).toISOString(),
        until: new Date(until_ms).toISOString(),
        zone: config.filters,
        modes: when === "guarded" && config.type !== "always" ? config.modes : null,
      };
      return { replay: await request<Replay>("/api/alarm/replay", { method: "POST", body }), since_ms, until_ms };
    },
  });
  const { reset } = attempt;
  return (
    <Panel title={t("zones.page.replay")}>
      <div className={classes.replay}>
        <Choice
          label={t("zones.page.last")}
          value={days}
          options={[
            { value: "7", label: t("zones.page.days_7") },
            { value: "30", label: t("zones.page.days_30") },
          ]}
          onChange={(chosen) => {
            setDays(chosen);
            reset();
          }}
        />
        {config.type !== "always" && (
          <Choice
            label={t("zones.page.when")}
            value={when}
            options={[
              { value: "guarded", label: t("zones.page.guarded") },
              { value: "throughout", label: t("zones.page.throughout") },
            ]}
            onChange={(chosen) => {
              setWhen(chosen);
              reset();
            }}
          />
        )}
        <Button
          h={44}
          disabled={!reachable}
          loading={attempt.isPending}
          data-testid="replay-try"
          onClick={() => attempt.mutate(config)}
        >
          {t("zones.page.try")}
        </Button>
        <div role="status" data-testid="replay-result">
          {attempt.isPending && <p className={classes.hint}>{t("zones.page.trying")}</p>}
          {attempt.isError && <p className={classes.failed}>{reason(attempt.error)}</p>}
          {/* What was tried with another configuration is no answer for this one. */}
          {attempt.isSuccess && attempt.variables === config && <Result zone={zone} tried={attempt.data} />}
        </div>
      </div>
    </Panel>
  );
}

function Result({ zone, tried }: { zone: SiteZone; tried: Tried }) {
  const { t } = useTranslation();
  const { replay } = tried;
  const { trips } = replay.with;
  const without = replay.without.trips;
  const kind = trips === without ? "same" : "fewer";
  return (
    <>
      <p className={classes.sentence}>{t(`zones.page.${kind}`, { count: trips, without })}</p>
      <p className={classes.hint}>{t("zones.page.detections", { count: replay.detections })}</p>
      {replay.truncated && <p className={classes.failed}>{t("zones.page.truncated")}</p>}
      <Strip label={t("zones.page.without")} at={replay.without.at} tried={tried} />
      <Strip label={t("zones.page.with")} at={replay.with.at} tried={tried} strong />
      {replay.with.at.length > 0 && <Times zone={zone} at={replay.with.at} />}
    </>
  );
}

/** The moments on a line of time; the list under it says the same in words. */
function Strip({ label, at, tried, strong }: { label: string; at: string[]; tried: Tried; strong?: boolean }) {
  const length_ms = tried.until_ms - tried.since_ms;
  return (
    <div className={classes.strip} data-strong={strong}>
      <span>{label}</span>
      <span className={classes.line} aria-hidden="true">
        {at.map((moment) => (
          <span
            key={moment}
            className={classes.mark}
            style={{ left: `${((Date.parse(moment) - tried.since_ms) / length_ms) * 100}%` }}
          />
        ))}
      </span>
    </div>
  );
}

function Times({ zone, at }: { zone: SiteZone; at: string[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <details className={classes.times}>
      <summary>{t("zones.page.times")}</summary>
      <ul>
        {[...at].reverse().map((moment) => (
          <li key={moment}>
            <Link to={around(moment, zone.device_id)}>{shortMoment(moment, language)}</Link>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The history around that moment. */
function around(moment: string, device_id: string): string {
  const at = (shift_ms: number) => new Date(Date.parse(moment) + shift_ms).toISOString();
  return `/events${queryString({ device: device_id, since: at(-60_000), until: at(60_000) })}`;
}
