// An empty history, with the proof that somebody is watching.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { heartbeatAge_s } from "@/api/freshness";
import { useDevices } from "@/api/queries";
import { duration } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { CalmSea } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";

export function NothingHappened({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now_ms = useNow_ms(1000);
  const ages_s = (useDevices().data ?? [])
    .map((device) => heartbeatAge_s(device, now_ms))
    .filter((age) => age !== null);
  const proof =
    ages_s.length > 0
      ? t("events.empty.heartbeat", { time: duration(Math.floor(Math.min(...ages_s)), language) })
      : t("events.empty.unheard");
  return (
    <EmptyState
      drawing={<CalmSea />}
      title={filtered ? t("events.empty.filtered") : t("events.empty.title")}
      text={proof}
    >
      {filtered && (
        <Button variant="default" h={44} mt={8} onClick={clear}>
          {t("events.filter.clear")}
        </Button>
      )}
    </EmptyState>
  );
}
