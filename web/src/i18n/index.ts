// Both languages, from the first day. One JSON file per part of the dashboard and language; the file's name is the
// first part of each of its keys: `t("home.empty.title")` is in `home.json`.
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { Language } from "@/format/time";
import { en } from "./en";
import { fr } from "./fr";

const STORED_AS = "vigie.language";

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === "fr" || stored === "en") return stored;
  const first = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === "fr" || tag === "en");
  return first === "fr" ? "fr" : "en";
}

/** Remembers the choice; null goes back to the browser's language. */
export function chooseLanguage(language: Language | null): void {
  if (language === null) localStorage.removeItem(STORED_AS);
  else localStorage.setItem(STORED_AS, language);
  void i18next.changeLanguage(preferredLanguage());
}

export function chosenLanguage(): Language | null {
  const stored = localStorage.getItem(STORED_AS);
  return stored === "fr" || stored === "en" ? stored : null;
}

export function useLanguage(): Language {
  return useTranslation().i18n.language === "fr" ? "fr" : "en";
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, fr: { translation: fr } },
    lng: preferredLanguage(),
    fallbackLng: "en",
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = i18next.language;
}
