// On a server without accounts: that it is one, and the way to the first account. Nothing elsewhere.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSession } from "@/api/session";
import { SET_UP_PATH } from "@/api/setUpCode";
import classes from "./TryOutNotice.module.css";

/** `bare`: there is a frame around it already. */
export function TryOutNotice({ bare = false }: { bare?: boolean }) {
  const { t } = useTranslation();
  if (useSession().state !== "open") return null;
  return (
    <aside className={classes.notice} data-bare={bare || undefined} data-testid="try-out">
      <p>
        <strong>{t("session.open.title")}.</strong> {t("session.open.text")}
      </p>
      <Link className={classes.make} to={SET_UP_PATH} data-testid="make-first-account">
        {t("session.open.make")}
      </Link>
    </aside>
  );
}
