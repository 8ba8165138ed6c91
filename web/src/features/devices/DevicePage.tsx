import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function DevicePage() {
  const { t } = useTranslation();
  return <PageHeader title={t("devices.title")} />;
}
