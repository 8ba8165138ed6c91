import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/Panel";

export default function EventsPage() {
  const { t } = useTranslation();
  return <PageHeader title={t("events.title")} />;
}
