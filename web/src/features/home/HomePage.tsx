// The page that answers at one glance: guarded or not, is anything wrong, what happened last.
import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ModeHero } from "@/ui/mode/ModeHero";
import { TryOutNotice } from "@/ui/TryOutNotice";
import { DayStrip } from "./DayStrip";
import { DeviceTiles } from "./DeviceTiles";
import classes from "./HomePage.module.css";
import { LastEvents } from "./LastEvents";

export default function HomePage() {
  const { t } = useTranslation();
  return (
    <div className={classes.home}>
      <VisuallyHidden>
        <h1>{t("home.title")}</h1>
      </VisuallyHidden>
      <ModeHero />
      <TryOutNotice />
      <DayStrip />
      <div className={classes.below}>
        <DeviceTiles />
        <LastEvents />
      </div>
    </div>
  );
}
