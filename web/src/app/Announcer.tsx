// New events for screen readers: politely, and at most one sentence every few seconds.
import { VisuallyHidden } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNews } from "@/api/live";
import { useSite } from "@/api/queries";
import { useEventSentence } from "@/ui/EventCard";
import { useEventText } from "@/ui/useEventText";

const EVERY_MS = 5000;

export function Announcer() {
  const { t } = useTranslation();
  const kinds = useSite().data?.sensor_kinds ?? [];
  const sentence = useEventSentence();
  const eventText = useEventText(kinds);
  const [words, setWords] = useState("");
  const waiting = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const say = () => {
    timer.current = null;
    const texts = waiting.current;
    waiting.current = [];
    if (texts.length === 0) return;
    setWords(
      texts.length === 1 ? t("shell.new_event", { text: texts[0] }) : t("shell.new_events", { count: texts.length }),
    );
    timer.current = setTimeout(say, EVERY_MS);
  };
  useNews("event", (event) => {
    waiting.current.push(sentence(eventText(event)));
    if (timer.current === null) say();
  });
  return (
    <VisuallyHidden>
      <div aria-live="polite" data-testid="announcer">
        {words}
      </div>
    </VisuallyHidden>
  );
}
