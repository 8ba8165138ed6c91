// One event with everything known about it; previous and next without closing.
import { Drawer } from "@mantine/core";
import "@mantine/core/styles/Drawer.css";
import { useMediaQuery } from "@mantine/hooks";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import IconChevronUp from "@tabler/icons-react/dist/esm/icons/IconChevronUp.mjs";
import { useTranslation } from "react-i18next";
import type { Alert, SensorKindInfo, StoredEvent } from "@/api/types";
import { severityOf } from "@/format/eventText";
import { useEventSentence } from "@/ui/EventCard";
import { SensorIcon } from "@/ui/icons";
import { Evidence } from "@/ui/media/Evidence";
import { useEventText } from "@/ui/useEventText";
import classes from "./EventDrawer.module.css";
import { EventFacts } from "./EventFacts";
import { EventWhy } from "./EventWhy";
import { RawJson } from "./RawJson";
import type { Neighbours } from "./useNeighbours";
import type { OpenEvent } from "./useOpenEvent";

interface EventDrawerProps {
  open: OpenEvent;
  near: Neighbours;
  kinds: SensorKindInfo[];
  /** Null: it opened none; undefined: not known. */
  alert: Alert | null | undefined;
}

export function EventDrawer({ open, near, kinds, alert }: EventDrawerProps) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 560px)");
  return (
    <Drawer
      opened={open.id !== null}
      onClose={open.close}
      position="right"
      size={phone ? "100%" : 480}
      title={t("events.drawer.title")}
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 150 }}
    >
      <div data-testid="event-drawer">
        {open.event && <Details event={open.event} kinds={kinds} alert={alert} />}
        {!open.event && open.missing && <p className={classes.missing}>{t("events.drawer.missing")}</p>}
        <div className={classes.neighbours}>
          <Step to={near.newer} go={open.go} label={t("events.drawer.newer")} Icon={IconChevronUp} name="newer" />
          <Step to={near.older} go={open.go} label={t("events.drawer.older")} Icon={IconChevronDown} name="older" />
        </div>
      </div>
    </Drawer>
  );
}

function Details({
  event,
  kinds,
  alert,
}: {
  event: StoredEvent;
  kinds: SensorKindInfo[];
  alert: Alert | null | undefined;
}) {
  const { t } = useTranslation();
  const sentence = useEventSentence();
  const text = useEventText(kinds)(event);
  const severity = severityOf(text, alert?.state);
  return (
    <article className={classes.details} data-event-id={event.id}>
      <header className={classes.head} data-severity={severity}>
        <span className={classes.icon}>
          <SensorIcon name={text.icon} size={28} />
        </span>
        <div>
          <h3 className={classes.title}>{sentence(text)}</h3>
          <p className={classes.severity}>{t(`event.severity.${severity}`)}</p>
        </div>
      </header>
      <Evidence event_id={event.id} title />
      <EventWhy event={event} text={text} alert={alert} />
      <EventFacts event={event} text={text} />
      <RawJson value={event} />
    </article>
  );
}

interface StepProps {
  to: StoredEvent | undefined;
  go: (event: StoredEvent) => void;
  label: string;
  Icon: typeof IconChevronUp;
  name: string;
}

function Step({ to, go, label, Icon, name }: StepProps) {
  return (
    <button
      type="button"
      className={classes.step}
      disabled={to === undefined}
      data-testid={`event-${name}`}
      onClick={() => to && go(to)}
    >
      <Icon size={18} aria-hidden="true" />
      {label}
    </button>
  );
}
