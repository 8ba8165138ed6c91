// Both languages, from the first day. One JSON file per part of the dashboard and language; the file's name is the
// first part of each of its keys: `t("home.empty.title")` is in `home.json`. Texts that only lazy pages need come with them.
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

/** Texts that came before there was anything to add them to, as in tests. */
const early: Record<Language, Record<string, object>> = { en: {}, fr: {} };

/** Adds a part's texts. Called while its page's module is read, so before anything of it is shown. */
export function addTexts(part: string, texts: Record<Language, object>): void {
  for (const language of ["en", "fr"] as const) {
    const bundle = { [part]: texts[language] };
    if (i18next.isInitialized) i18next.addResourceBundle(language, "translation", bundle, true);
    else Object.assign(early[language], bundle);
  }
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: { ...en, ...early.en } }, fr: { translation: { ...fr, ...early.fr } } },
    lng: preferredLanguage(),
    fallbackLng: "en",
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = i18next.language;
}
