// The pad for a PIN: ten digits, as large keys and on the keyboard. What was typed is counted, never shown, and in no
// form field: no browser offers to keep it.
import IconArrowRight from "@tabler/icons-react/dist/esm/icons/IconArrowRight.mjs";
import IconBackspace from "@tabler/icons-react/dist/esm/icons/IconBackspace.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import type { PinTrouble } from "../mode/modeRequest";
import classes from "./PinPad.module.css";

export const PIN_MIN = 4;
export const PIN_MAX = 12;

interface PinPadProps {
  trouble: PinTrouble | null;
  /** A PIN is under way. */
  busy: boolean;
  /** For the wall: read and hit from an arm's length. */
  large?: boolean;
  onEnter: (pin: string) => void;
}

export function PinPad({ trouble, busy, large = false, onEnter }: PinPadProps) {
  const { t } = useTranslation();
  const [pin, setPin] = useState("");
  const locked_s = useLocked_s(trouble);
  const off = busy || locked_s > 0;
  // What was refused is gone: the next try begins with an empty pad.
  useEffect(() => {
    if (trouble) setPin("");
  }, [trouble]);

  const enter = () => {
    if (!off && pin.length >= PIN_MIN) onEnter(pin);
  };
  const type = (key: string) => {
    if (off) return;
    if (key === "Backspace") setPin((typed) => typed.slice(0, -1));
    else setPin((typed) => (typed + key).slice(0, PIN_MAX));
  };
  useKeys(type, enter);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot take the focus that the digits of the keyboard need
    <div
      role="group"
      aria-label={t("pin.label")}
      className={classes.pad}
      data-large={large || undefined}
      data-testid="pin-pad"
      tabIndex={-1}
      data-autofocus
    >
      <p className={classes.typed} data-count={pin.length} data-testid="pin-typed" aria-live="polite">
        <span className={classes.dots} aria-hidden="true">
          {Array.from({ length: Math.max(PIN_MIN, pin.length) }, (_, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a dot is nothing but its place
            <span key={place} className={classes.dot} data-on={place < pin.length || undefined} />
          ))}
        </span>
        <span className={classes.hidden}>{t("pin.typed", { count: pin.length })}</span>
      </p>
      <p className={classes.said} role="status" data-testid="pin-said" data-trouble={trouble?.kind}>
        <Said trouble={trouble} busy={busy} locked_s={locked_s} />
      </p>
      <div className={classes.keys}>
        {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => (
          <Key key={digit} digit={digit} off={off} type={type} />
        ))}
        <button
          type="button"
          className={classes.key}
          disabled={off || pin === ""}
          aria-label={t("pin.delete")}
          data-testid="pin-delete"
          onClick={() => type("Backspace")}
        >
          <IconBackspace size={large ? 32 : 24} stroke={1.75} aria-hidden="true" />
        </button>
        <Key digit="0" off={off} type={type} />
        <button
          type="button"
          className={`${classes.key} ${classes.enter}`}
          disabled={off || pin.length < PIN_MIN}
          aria-label={t("pin.enter")}
          data-testid="pin-enter"
          onClick={enter}
        >
          <IconArrowRight size={large ? 32 : 24} stroke={2} aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

/** The keyboard, wherever in the dialog the focus is: somebody in a hurry types at once. */
function useKeys(type: (key: string) => void, enter: () => void): void {
  const latest = useRef({ type, enter });
  useEffect(() => {
    latest.current = { type, enter };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const isEnter = event.key === "Enter" && !(event.target instanceof HTMLButtonElement);
      if (!isEnter && event.key !== "Backspace" && !/^\d$/.test(event.key)) return;
      event.preventDefault();
      if (isEnter) latest.current.enter();
      else latest.current.type(event.key);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

function Key({ digit, off, type }: { digit: string; off: boolean; type: (digit: string) => void }) {
  return (
    <button
      type="button"
      className={classes.key}
      disabled={off}
      data-testid={`pin-key-${digit}`}
      onClick={() => type(digit)}
    >
      {digit}
    </button>
  );
}

function Said({ trouble, busy, locked_s }: { trouble: PinTrouble | null; busy: boolean; locked_s: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (busy) return t("pin.asking");
  if (trouble === null) return null;
  if (trouble.kind === "wrong") {
    return trouble.left === null ? t("pin.wrong") : t("pin.wrong_left", { count: trouble.left });
  }
  if (trouble.until_ms === null) return t("pin.locked");
  if (locked_s === 0) return t("pin.again");
  // The seconds tick: a screen reader must not hear each of them.
  return (
    <>
      {t("pin.locked_for")} <span aria-live="off">{duration(locked_s, language)}</span>
    </>
  );
}

/** How long the pad is locked yet; for ever where nobody says until when. */
function useLocked_s(trouble: PinTrouble | null): number {
  useNow_ms(1000); // the beat
  if (trouble?.kind !== "locked") return 0;
  if (trouble.until_ms === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.ceil((trouble.until_ms - Date.now()) / 1000));
}
