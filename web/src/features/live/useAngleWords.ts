// An angle in words: "15° left".
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { amount } from "@/format/time";
import { useLanguage } from "@/i18n";
import { angleInWords } from "./servo";

export function useAngleWords(): (angle_deg: number) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  return useCallback(
    (angle_deg) => {
      const { side, degrees } = angleInWords(angle_deg);
      return t(`live.angle.${side}`, { degrees: amount(degrees, language, 1) });
    },
    [t, language],
  );
}
