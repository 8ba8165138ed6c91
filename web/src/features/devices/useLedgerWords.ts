// The ledger's verdict as a sentence.
import { useTranslation } from "react-i18next";
import type { Device, DeviceState } from "@/api/types";
import { amount } from "@/format/time";
import { useLanguage } from "@/i18n";
import { type LedgerVerdict, ledgerVerdict } from "./ledgerWords";

export interface LedgerWords extends LedgerVerdict {
  sentence: string;
}

export function useLedgerWords(device: Device, state: DeviceState): LedgerWords {
  const { t } = useTranslation();
  const language = useLanguage();
  const confirmed = (device.health ?? []).some(({ code }) => code === "missing_events");
  const verdict = ledgerVerdict(device.ledger, state, confirmed);
  const figures = { number: amount(verdict.count, language), stored: amount(device.ledger.stored, language) };
  const { count } = verdict;
  const stranded =
    verdict.stranded > 0
      ? ` ${t("devices.ledger.stranded", { number: amount(verdict.stranded, language), count: verdict.stranded })}`
      : "";
  switch (verdict.verdict) {
    case "complete":
    case "complete_then":
    case "unproven":
    case "third_party":
      return {
        ...verdict,
        sentence: t(`devices.ledger.${verdict.verdict}`, { ...figures, count: device.ledger.stored }),
      };
    default: {
      const sentence = t(`devices.ledger.${verdict.verdict}`, { ...figures, count });
      return { ...verdict, sentence: verdict.verdict === "stranded" ? sentence : `${sentence}${stranded}` };
    }
  }
}
