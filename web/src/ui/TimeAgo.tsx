// A moment as "3 min. ago", exact on hover, by the server's clock.
import { connection } from "@/api/connection";
import { fullMoment, relativeTime } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";

/** The words alone, kept up to date. */
export function useTimeAgo(): (moment: string | number) => string {
  const language = useLanguage();
  const now_ms = useNow_ms(1000) + connection.get().clockOffset_ms;
  return (moment) => relativeTime(moment, now_ms, language);
}

export function TimeAgo({ moment, className }: { moment: string; className?: string | undefined }) {
  const language = useLanguage();
  const ago = useTimeAgo();
  return (
    <time dateTime={moment} title={fullMoment(moment, language)} className={className}>
      {ago(moment)}
    </time>
  );
}
