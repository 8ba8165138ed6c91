import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function AlertsPage() {
  const { t } = useTranslation();
  return <PageHeader title={t("alerts.title")} />;
}
