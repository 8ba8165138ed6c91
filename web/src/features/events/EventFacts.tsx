// When it happened, when it arrived, how far the clock is to be trusted, and what the sensor said.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { StoredEvent } from "@/api/types";
import type { EventText } from "@/format/eventText";
import { duration, fullMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./EventDrawer.module.css";

/** Shown in words above already. */
const IN_WORDS = new Set(["state", "location", "duration_ms", "decision"]);

export function EventFacts({ event, text }: { event: StoredEvent; text: EventText }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const underway_s = (Date.parse(event.received_at) - Date.parse(event.occurred_at)) / 1000;
  const clock = event.clock ?? "unsynced";
  const details = Object.entries(event.details ?? {}).filter(
    ([name]) => !(text.edge !== "plain" && IN_WORDS.has(name)),
  );
  return (
    <>
      <section>
        <h4 className={classes.section}>{t("events.facts.when")}</h4>
        <dl className={classes.facts}>
          <Fact name={t("events.facts.occurred")}>{fullMoment(event.occurred_at, language)}</Fact>
          <Fact name={t("events.facts.received")}>
            {fullMoment(event.received_at, language)}
            {underway_s >= 0 && <small>{t("events.facts.underway", { time: duration(underway_s, language) })}</small>}
          </Fact>
          {text.lasted && <Fact name={t("events.facts.lasted")}>{text.lasted}</Fact>}
          <Fact name={t("events.facts.clock")}>
            <span className={clock === "unsynced" ? classes.warn : undefined}>
              {t(`devices.health.clocks.${clock}`)}
            </span>
            <small>{t(`devices.health.clock_notes.${clock}`)}</small>
          </Fact>
          {event.late && (
            <Fact name={t("event.late")}>
              <span className={classes.warn}>{t("events.facts.late")}</span>
            </Fact>
          )}
        </dl>
      </section>
      <section>
        <h4 className={classes.section}>{t("events.facts.where")}</h4>
        <dl className={classes.facts}>
          <Fact name={t("events.facts.device")}>
            <Link className={classes.link} to={`/devices/${event.device_id}`}>
              {event.device_id}
            </Link>
          </Fact>
          <Fact name={t("events.facts.sensor")}>{event.sensor}</Fact>
          {details.map(([name, value]) => (
            <Fact key={name} name={name}>
              {typeof value === "object" ? JSON.stringify(value) : String(value)}
            </Fact>
          ))}
        </dl>
      </section>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
