import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function LivePage() {
  const { t } = useTranslation();
  return <PageHeader title={t("live.title")} />;
}
