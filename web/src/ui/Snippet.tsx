// Text to copy: a configuration, raw JSON.
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Snippet.module.css";

const SAID_FOR_MS = 2000;

export function Snippet({ title, text }: { title: ReactNode; text: string }) {
  return (
    <section>
      <div className={classes.head}>
        <h4 className={classes.title}>{title}</h4>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre className={classes.text} tabIndex={0} data-testid="snippet">
        {text}
      </pre>
    </section>
  );
}

/** Nothing over plain http in the local network, where browsers have no clipboard for pages: one selects by hand then. */
export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  if (!window.isSecureContext || navigator.clipboard === undefined) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAID_FOR_MS);
  };
  return (
    <button type="button" className={classes.copy} data-testid="copy" onClick={() => void copy()}>
      {copied ? <IconCheck size={18} aria-hidden="true" /> : <IconCopy size={18} aria-hidden="true" />}
      <span aria-live="polite">{copied ? t("shell.copied") : t("shell.copy")}</span>
    </button>
  );
}
