// Who has a PIN. Where nobody has one, whoever may operate can disarm without: that is said.
import { Button } from "@mantine/core";
import IconUser from "@tabler/icons-react/dist/esm/icons/IconUser.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePeople } from "@/api/people";
import { useMay, useSession } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import { shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { MayNot } from "@/ui/MayNot";
import { Panel } from "@/ui/Panel";
import classes from "./People.module.css";
import { PersonDialog } from "./PersonDialog";
import type { PersonTask } from "./personForm";

export function PeoplePanel() {
  const { t } = useTranslation();
  const language = useLanguage();
  const reachable = useReachable();
  const mayAdminister = useMay("administer");
  const hasAccounts = useSession().state === "signed_in";
  const query = usePeople();
  const [task, setTask] = useState<PersonTask | null>(null);
  const people = query.data;
  if (query.isError && people === undefined) {
    return (
      <Panel title={t("people.title")}>
        <LoadError error={query.error} retry={() => void query.refetch()} />
      </Panel>
    );
  }
  if (people === undefined) return null;
  return (
    <Panel title={t("people.title")}>
      <p className={people.length === 0 ? classes.warning : classes.text} data-testid="people-none">
        {people.length > 0 ? t("people.some") : t(hasAccounts ? "people.none" : "people.none_open")}
      </p>
      <ul className={classes.people} data-testid="people">
        {people.map(({ name, created_at }) => (
          <li key={name} className={classes.person} data-testid={`person-${name}`}>
            <IconUser size={20} stroke={1.75} aria-hidden="true" />
            <span className={classes.words}>
              <span className={classes.name}>{name}</span>
              <span className={classes.meta}>{t("people.since", { time: shortMoment(created_at, language) })}</span>
            </span>
            <span className={classes.actions}>
              <Button
                variant="default"
                h={44}
                disabled={!reachable || !mayAdminister}
                aria-label={`${t("people.change")}: ${name}`}
                onClick={() => setTask({ what: "change", name })}
              >
                {t("people.change")}
              </Button>
              <Button
                variant="default"
                h={44}
                disabled={!reachable || !mayAdminister}
                aria-label={`${t("people.remove")}: ${name}`}
                data-testid={`person-remove-${name}`}
                onClick={() => setTask({ what: "remove", name })}
              >
                {t("people.remove")}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      <Button
        h={44}
        disabled={!reachable || !mayAdminister}
        data-testid="person-add"
        onClick={() => setTask({ what: "add" })}
      >
        {t(people.length === 0 ? "people.add_first" : "people.add")}
      </Button>
      <MayNot right="administer" />
      {task && <PersonDialog task={task} needsPin={people.length > 0} onClose={() => setTask(null)} />}
    </Panel>
  );
}
