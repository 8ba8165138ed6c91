import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function SystemPage() {
  const { t } = useTranslation();
  return <PageHeader title={t("system.title")} />;
}
