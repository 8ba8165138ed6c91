// Theme and language, remembered in this browser. In the top bar and on the System page.
import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "@/format/time";
import { chooseLanguage, chosenLanguage } from "@/i18n";
import { Choice } from "./Choice";
import classes from "./DisplaySettings.module.css";

export function DisplaySettings() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [language, setLanguage] = useState<Language | "auto">(chosenLanguage() ?? "auto");
  return (
    <div className={classes.settings}>
      <Choice<MantineColorScheme>
        label={t("shell.theme.label")}
        value={colorScheme}
        onChange={setColorScheme}
        options={[
          { value: "auto", label: t("shell.theme.auto") },
          { value: "light", label: t("shell.theme.light") },
          { value: "dark", label: t("shell.theme.dark") },
        ]}
      />
      <Choice<Language | "auto">
        label={t("shell.language.label")}
        value={language}
        onChange={(chosen) => {
          setLanguage(chosen);
          chooseLanguage(chosen === "auto" ? null : chosen);
        }}
        options={[
          { value: "auto", label: t("shell.language.auto") },
          { value: "en", label: <span lang="en">{t("shell.language.en")}</span> },
          { value: "fr", label: <span lang="fr">{t("shell.language.fr")}</span> },
        ]}
      />
    </div>
  );
}
