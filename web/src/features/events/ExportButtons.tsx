// Takes the filtered list home, as CSV or JSON.
import { Button } from "@mantine/core";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { serverNow_ms } from "@/api/connection";
import type { EventFilter } from "@/api/timeline";
import { useReachable } from "@/api/useFreshness";
import { localDay } from "@/format/time";
import { showToast } from "@/ui/toasts";
import { useShowFailure } from "@/ui/useShowFailure";
import { EXPORT_LIMIT, fetchAll, saveFile, toCsv } from "./exportEvents";

type Format = "csv" | "json";

export function ExportButtons({ filter }: { filter: EventFilter }) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const showFailure = useShowFailure();
  const save = useMutation({
    mutationFn: async (format: Format) => {
      const events = await fetchAll(filter);
      const name = `vigie-events-${localDay(serverNow_ms())}.${format}`;
      if (format === "csv") saveFile(name, "text/csv", toCsv(events));
      else saveFile(name, "application/json", JSON.stringify(events, null, 2));
      return events.length;
    },
    onSuccess: (count) => {
      const cut = count >= EXPORT_LIMIT ? t("events.export.cut") : undefined;
      showToast({ key: "export", tone: "info", title: t("events.export.done", { count }), text: cut });
    },
    onError: showFailure("export", t("events.export.failed")),
  });
  return (
    <>
      {(["csv", "json"] as const).map((format) => (
        <Button
          key={format}
          variant="default"
          h={44}
          px={14}
          leftSection={<IconDownload size={18} aria-hidden="true" />}
          disabled={!reachable || save.isPending}
          onClick={() => save.mutate(format)}
          data-testid={`export-${format}`}
          aria-label={t("events.export.as", { format: format.toUpperCase() })}
        >
          {format.toUpperCase()}
        </Button>
      ))}
    </>
  );
}
