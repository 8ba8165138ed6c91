// The event as the API gives it, to copy.
import { useTranslation } from "react-i18next";
import { Snippet } from "@/ui/Snippet";

export function RawJson({ value }: { value: unknown }) {
  const { t } = useTranslation();
  return <Snippet title={t("events.raw")} text={JSON.stringify(value, null, 2)} />;
}
