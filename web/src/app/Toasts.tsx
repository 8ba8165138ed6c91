// The corner where toasts appear. Alerts are announced by the banner (role=alert), the rest politely from here.
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { dismissToast, useToasts } from "@/ui/toasts";
import classes from "./Toasts.module.css";

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts();
  return (
    <div className={classes.region} aria-live="polite">
      {toasts.map((toast) => (
        <div
          key={toast.key}
          className={classes.toast}
          data-tone={toast.tone}
          data-testid="toast"
          data-key={toast.key}
          aria-live={toast.tone === "alert" ? "off" : undefined}
        >
          <div className={classes.words}>
            <p className={classes.title}>
              {toast.to ? (
                <Link to={toast.to} onClick={() => dismissToast(toast.key)}>
                  {toast.title}
                </Link>
              ) : (
                toast.title
              )}
            </p>
            {toast.text && <p className={classes.text}>{toast.text}</p>}
          </div>
          <button
            type="button"
            className={classes.close}
            aria-label={t("shell.dismiss")}
            onClick={() => dismissToast(toast.key)}
          >
            <IconX size={18} aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
