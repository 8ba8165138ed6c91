// A button that acts once when clicked, and again and again while it is held.
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import classes from "./ServoPad.module.css";

/** As long as this is a click: a finger that begins to scroll must not turn the camera. */
const HOLD_AFTER_MS = 400;
/** The servo takes two moves a second. */
export const REPEAT_EVERY_MS = 500;

interface HoldButtonProps {
  label: string;
  hint?: string;
  testid: string;
  disabled: boolean;
  /** False: a click acts once, holding does nothing more. */
  repeats?: boolean;
  act: () => void;
  /** Asked before each repeat: false leaves it out. */
  ready: () => boolean;
  children: ReactNode;
}

export function HoldButton({ label, hint, testid, disabled, repeats = true, act, ready, children }: HoldButtonProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef(false);
  const latest = useRef({ act, ready });
  useEffect(() => {
    latest.current = { act, ready };
  });

  const stop = useCallback(() => clearTimeout(timer.current), []);
  useEffect(() => stop, [stop]);
  useEffect(() => {
    if (disabled) stop();
  }, [disabled, stop]);

  const again = () => {
    held.current = true;
    if (latest.current.ready()) latest.current.act();
    timer.current = setTimeout(again, REPEAT_EVERY_MS);
  };
  const press = () => {
    held.current = false;
    if (repeats) timer.current = setTimeout(again, HOLD_AFTER_MS);
  };
  const abandon = () => {
    stop();
    held.current = false;
  };
  const click = () => {
    stop();
    if (!held.current) act();
    held.current = false;
  };
  return (
    <button
      type="button"
      className={classes.step}
      data-testid={testid}
      aria-label={label}
      title={hint}
      disabled={disabled}
      onPointerDown={(event) => {
        if (event.button === 0) press();
      }}
      onPointerUp={stop}
      onPointerLeave={abandon}
      onPointerCancel={abandon}
      onContextMenu={(event) => event.preventDefault()}
      onClick={click}
    >
      {children}
    </button>
  );
}
