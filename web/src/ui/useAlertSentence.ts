// An alert or a group of them in words: "Movement, entrance".
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useSite } from "@/api/queries";
import { describeType } from "@/format/eventText";
import { useLanguage } from "@/i18n";

export function useAlertSentence(): (alert: { type: string; location?: string }) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useSite().data?.sensor_kinds;
  return useCallback(
    ({ type, location }) => {
      const { what } = describeType(type, kinds ?? [], language);
      return location ? t("event.what_where", { what, where: location }) : what;
    },
    [t, language, kinds],
  );
}
