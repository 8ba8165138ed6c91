// Before the delay: what is open, and the second press that arms without it.
import IconDoor from "@tabler/icons-react/dist/esm/icons/IconDoor.mjs";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n";
import { useZoneWords } from "../useZoneWords";
import classes from "./OpenZones.module.css";
import type { ModeControl } from "./useModeControl";

/** On the button; all of them are in the list above it. */
const NAMED_AT_MOST = 3;

export function OpenZones({ control }: { control: ModeControl }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const zoneWords = useZoneWords();
  const box = useRef<HTMLDivElement>(null);
  const { phase, open } = control;
  const isAsking = phase.step === "open";
  useEffect(() => {
    if (isAsking) box.current?.focus();
  }, [isAsking]);
  if (!isAsking) return null;
  const names = new Intl.ListFormat(language).format(open.map((zone) => zoneWords(zone).name));
  const without =
    open.length > NAMED_AT_MOST
      ? t("mode.open.without_many", { count: open.length })
      : t("mode.open.without", { zones: names });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot take the focus
    <div
      ref={box}
      tabIndex={-1}
      role="group"
      className={classes.open}
      aria-label={t("mode.open.title", { mode: t(`mode.word.${phase.mode}`), count: open.length })}
      data-testid="open-zones"
      data-zones={open.join(" ")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        control.cancel();
      }}
    >
      <p className={classes.title}>
        <IconDoor size={20} stroke={1.75} aria-hidden="true" />
        {open.length === 0
          ? t("mode.open.closed")
          : t("mode.open.title", { mode: t(`mode.word.${phase.mode}`), count: open.length })}
      </p>
      <ul className={classes.zones}>
        {open.map((zone) => {
          const { name, device_id } = zoneWords(zone);
          return (
            <li key={zone}>
              {name} <small>{device_id}</small>
            </li>
          );
        })}
      </ul>
      {open.length > 0 && <p className={classes.hint}>{t("mode.open.hint")}</p>}
      <div className={classes.actions}>
        <button type="button" className={classes.main} data-testid="arm-without" onClick={control.armWithout}>
          {open.length === 0 ? t("mode.open.arm") : without}
        </button>
        <button type="button" className={classes.button} data-testid="arm-cancel" onClick={control.cancel}>
          {t("mode.open.cancel")}
        </button>
      </div>
    </div>
  );
}
