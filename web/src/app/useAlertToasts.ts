// One toast per device and sensor: a new alert of the same sensor updates it, acknowledging takes it away.
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { groupKey, isOpen, isSilent, isTrouble } from "@/api/alerts";
import { useNews } from "@/api/live";
import { keys } from "@/api/queries";
import type { Alert } from "@/api/types";
import { alertLink } from "@/format/links";
import { dismissToast, showToast } from "@/ui/toasts";
import { useAlertSentence } from "@/ui/useAlertSentence";

export function useAlertToasts(): void {
  const { t } = useTranslation();
  const client = useQueryClient();
  const sentence = useAlertSentence();
  useNews("alert", (alert) => {
    if (isSilent(alert)) return;
    const key = `alert/${groupKey(alert)}`;
    const known = client.getQueryData<Alert[]>(keys.alerts) ?? [alert];
    const open = known.filter((other) => isOpen(other) && groupKey(other) === groupKey(alert));
    if (!isOpen(alert)) {
      if (open.length === 0) dismissToast(key);
      return;
    }
    showToast({
      key,
      tone: isTrouble(alert) ? "trouble" : "alert",
      title: sentence(alert),
      text: `${alert.device_id} · ${t("alerts.times", { count: Math.max(1, open.length) })}`,
      to: alertLink(alert),
    });
  });
}
