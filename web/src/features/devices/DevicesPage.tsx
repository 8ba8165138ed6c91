import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function DevicesPage() {
  const { t } = useTranslation();
  return <PageHeader title={t("devices.title")} />;
}
