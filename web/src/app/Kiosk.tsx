// The wall tablet (`/?kiosk=1`): the big state, the pads, nothing else.
import { VisuallyHidden } from "@mantine/core";
import IconArrowsMove from "@tabler/icons-react/dist/esm/icons/IconArrowsMove.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { groupAlerts, isOpen } from "@/api/alerts";
import { useAlerts, useDevices } from "@/api/queries";
import { useFreshness } from "@/api/useFreshness";
import { ModeHero } from "@/ui/mode/ModeHero";
import { AlertBanner } from "./AlertBanner";
import { FreshnessStrip } from "./FreshnessStrip";
import classes from "./Kiosk.module.css";
import { UnreachableBar } from "./UnreachableBar";
import { useDocumentTitle } from "./useDocumentTitle";

export default function Kiosk() {
  const { t } = useTranslation();
  const alerts = useAlerts().data;
  const devices = useDevices().data ?? [];
  const { unreachableSince_ms } = useFreshness();
  const groups = useMemo(() => groupAlerts(alerts ?? []), [alerts]);
  useDocumentTitle(undefined, alerts?.filter(isOpen).length ?? 0);
  const stale = unreachableSince_ms !== null;
  const pads = devices.filter((device) => device.capabilities?.includes("servo"));
  return (
    <div className={classes.kiosk}>
      <UnreachableBar since_ms={unreachableSince_ms} />
      <AlertBanner groups={groups} />
      <main className={stale ? `${classes.main} stale` : classes.main} data-stale={stale || undefined}>
        <VisuallyHidden>
          <h1>{t("shell.name")}</h1>
        </VisuallyHidden>
        <ModeHero large />
        <nav className={classes.pads} aria-label={t("shell.nav.live")}>
          {pads.map(({ device_id }) => (
            <Link key={device_id} to={`/live/${device_id}`} className={classes.pad}>
              <IconArrowsMove size={22} stroke={1.75} aria-hidden="true" />
              {device_id}
            </Link>
          ))}
        </nav>
      </main>
      <footer className={classes.foot}>
        <FreshnessStrip />
        <Link to="/" className={classes.exit} aria-label={t("shell.kiosk.exit")} title={t("shell.kiosk.exit")}>
          <IconX size={20} aria-hidden="true" />
        </Link>
      </footer>
    </div>
  );
}
