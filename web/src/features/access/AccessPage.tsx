// Who may do what: accounts, tokens, and who is signed in now. For an admin.
import "@/i18n/access";
import { useTranslation } from "react-i18next";
import { useMay, useSession } from "@/api/session";
import { MayNot } from "@/ui/MayNot";
import { PageHeader } from "@/ui/Panel";
import { TryOutNotice } from "@/ui/TryOutNotice";
import classes from "./Access.module.css";
import { BackToSystem } from "./BackToSystem";
import { SessionsPanel } from "./SessionsPanel";
import { TokensPanel } from "./TokensPanel";
import { UsersPanel } from "./UsersPanel";

export default function AccessPage() {
  const { t } = useTranslation();
  const mayAdminister = useMay("administer");
  const isOpen = useSession().state === "open";
  return (
    <>
      <BackToSystem />
      <PageHeader title={t("access.page.title")} />
      <MayNot right="administer" />
      <div className={classes.page}>
        <TryOutNotice />
        {mayAdminister && !isOpen && <UsersPanel />}
        {mayAdminister && <TokensPanel />}
        {mayAdminister && !isOpen && <SessionsPanel of={null} />}
      </div>
    </>
  );
}
