// A password: can be shown, says when Caps Lock is on, and is one for password managers.
import "@/i18n/access";
import IconEye from "@tabler/icons-react/dist/esm/icons/IconEye.mjs";
import IconEyeOff from "@tabler/icons-react/dist/esm/icons/IconEyeOff.mjs";
import { type KeyboardEvent, type ReactNode, type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import classes from "./PasswordField.module.css";

interface PasswordFieldProps {
  ref?: Ref<HTMLInputElement>;
  label: string;
  hint?: ReactNode;
  error?: string | null;
  name: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  autoFocus?: boolean;
  /** Shown from the beginning: for who chooses one for somebody else. */
  shown?: boolean;
}

export function PasswordField({ shown = false, onChange, ...field }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [visible, setVisible] = useState(shown);
  const [caps, setCaps] = useState(false);
  const look = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));
  const Icon = visible ? IconEyeOff : IconEye;
  return (
    <div>
      <div className={classes.field}>
        <Field
          {...field}
          type={visible ? "text" : "password"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={256}
          onChange={({ target }) => onChange(target.value)}
          onKeyDown={look}
          onKeyUp={look}
          onBlur={() => setCaps(false)}
        />
        <button
          type="button"
          className={classes.eye}
          aria-label={`${t("access.password.show")}: ${field.label}`}
          aria-pressed={visible}
          title={t(visible ? "access.password.hide" : "access.password.show")}
          data-testid={`show-${field.name}`}
          onClick={() => setVisible(!visible)}
        >
          <Icon size={20} stroke={1.75} aria-hidden="true" />
        </button>
      </div>
      <p className={classes.caps} role="status" data-testid={`caps-${field.name}`}>
        {caps && t("access.password.caps")}
      </p>
    </div>
  );
}
