// Who one is here, and the ways to one's own account and to everybody's.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay, useSession } from "@/api/session";
import { Panel } from "@/ui/Panel";
import { TryOutNotice } from "@/ui/TryOutNotice";
import classes from "./SystemPage.module.css";

export function AccountsPanel() {
  const { t } = useTranslation();
  const { state, name, role } = useSession();
  const mayAdminister = useMay("administer");
  if (state !== "signed_in" && state !== "open") return null;
  return (
    <Panel title={t("session.panel")}>
      <div data-testid="accounts-panel">
        <TryOutNotice bare />
        {name !== null && role !== null && (
          <p>
            {t("session.signed_in_as")} <strong>{name}</strong> · {t(`session.role.${role}`)}
          </p>
        )}
        <p className={classes.links}>
          {state === "signed_in" && (
            <Link className={classes.link} to="/system/account">
              {t("session.own")}
            </Link>
          )}
          {mayAdminister && (
            <Link className={classes.link} to="/system/access" data-testid="to-access">
              {t("session.accounts")}
            </Link>
          )}
        </p>
      </div>
    </Panel>
  );
}
