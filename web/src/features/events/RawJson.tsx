// The event as the API gives it, to copy.
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./EventDrawer.module.css";

const SAID_FOR_MS = 2000;

export function RawJson({ value }: { value: unknown }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const text = JSON.stringify(value, null, 2);
  // Over plain http in the local network browsers have no clipboard for pages: then the text is selected by hand.
  const canCopy = window.isSecureContext && navigator.clipboard !== undefined;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_FOR_MS);
  };
  return (
    <section>
      <div className={classes.rawHead}>
        <h4 className={classes.section}>{t("events.raw.title")}</h4>
        {canCopy && (
          <button type="button" className={classes.copy} onClick={() => void copy()}>
            {copied ? <IconCheck size={18} aria-hidden="true" /> : <IconCopy size={18} aria-hidden="true" />}
            <span aria-live="polite">{copied ? t("events.raw.copied") : t("events.raw.copy")}</span>
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre className={classes.raw} tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}
