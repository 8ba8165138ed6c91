// The top of every page: mode (tap = change it), freshness, bell, help, display settings.
import { Popover, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import IconAdjustmentsHorizontal from "@tabler/icons-react/dist/esm/icons/IconAdjustmentsHorizontal.mjs";
import IconBell from "@tabler/icons-react/dist/esm/icons/IconBell.mjs";
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import IconKeyboard from "@tabler/icons-react/dist/esm/icons/IconKeyboard.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Countdown } from "@/api/guard";
import { minutesSeconds } from "@/format/time";
import { DisplaySettings } from "@/ui/DisplaySettings";
import { ModeOptions } from "@/ui/mode/ModeOptions";
import { Sign } from "@/ui/mode/Shield";
import { useLeft_s } from "@/ui/mode/useLeft";
import { useModeControl } from "@/ui/mode/useModeControl";
import { AccountMenu } from "./AccountMenu";
import { FreshnessStrip } from "./FreshnessStrip";
import classes from "./TopBar.module.css";

interface TopBarProps {
  openAlerts: number;
  /** One of them is a detection, not only a trouble. */
  alarmed: boolean;
  /** The server is unreachable: nothing here may look fresh. */
  stale: boolean;
  onHelp: () => void;
}

export function TopBar({ openAlerts, alarmed, stale, onHelp }: TopBarProps) {
  const { t } = useTranslation();
  const [settings, { toggle, close }] = useDisclosure();
  const bell = openAlerts === 0 ? t("shell.bell_none") : t("shell.bell", { count: openAlerts });
  const Bell = openAlerts === 0 ? IconBell : IconBellRinging;
  return (
    <header className={classes.bar}>
      <ModePill stale={stale} />
      <FreshnessStrip />
      <div className={stale ? `${classes.tools} stale` : classes.tools}>
        <Link
          to="/alerts"
          className={classes.tool}
          data-testid="bell"
          data-open={openAlerts}
          data-alarmed={alarmed}
          aria-label={bell}
          title={bell}
        >
          <Bell size={22} stroke={1.75} aria-hidden="true" />
          {openAlerts > 0 && <span className={classes.count}>{openAlerts > 99 ? "99+" : openAlerts}</span>}
        </Link>
        <button
          type="button"
          className={`${classes.tool} ${classes.wide}`}
          aria-label={t("shell.help.open")}
          title={`${t("shell.help.open")} (?)`}
          data-testid="help"
          onClick={onHelp}
        >
          <IconKeyboard size={22} stroke={1.75} aria-hidden="true" />
        </button>
        <AccountMenu />
        <Popover opened={settings} onDismiss={close} position="bottom-end" shadow="md" trapFocus withRoles={false}>
          <Popover.Target>
            <button
              type="button"
              className={classes.tool}
              aria-label={t("shell.settings")}
              title={t("shell.settings")}
              aria-expanded={settings}
              data-testid="settings"
              onClick={toggle}
            >
              <IconAdjustmentsHorizontal size={22} stroke={1.75} aria-hidden="true" />
            </button>
          </Popover.Target>
          <Popover.Dropdown p={16} role="dialog" aria-label={t("shell.settings")}>
            <DisplaySettings />
          </Popover.Dropdown>
        </Popover>
      </div>
    </header>
  );
}

function ModePill({ stale }: { stale: boolean }) {
  const { t } = useTranslation();
  const control = useModeControl();
  const [opened, { toggle, close }] = useDisclosure();
  const { truth, shown } = control;
  const mode = t(`mode.word.${shown}`);
  return (
    <Popover
      opened={opened}
      onDismiss={close}
      position="bottom-start"
      shadow="md"
      trapFocus
      withRoles={false}
      width="min(440px, calc(100vw - 24px))"
    >
      <Popover.Target>
        <button
          type="button"
          className={stale ? `${classes.mode} stale` : classes.mode}
          data-testid="mode-pill"
          data-mode={shown}
          data-state={truth.state}
          aria-expanded={opened}
          title={t("mode.change")}
          onClick={toggle}
        >
          <Sign truth={truth} size={20} />
          <span>{t(`mode.pill.${truth.state}`)}</span>
          {truth.countdown && <PillSeconds countdown={truth.countdown} />}
          <VisuallyHidden>
            {truth.state === "unknown" ? "" : `${t("mode.label")}: ${mode}. `}
            {t("mode.change")}
          </VisuallyHidden>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={12} role="dialog" aria-label={t("mode.change")}>
        <ModeOptions control={control} />
      </Popover.Dropdown>
    </Popover>
  );
}

function PillSeconds({ countdown }: { countdown: Countdown }) {
  return <span className={classes.seconds}>{minutesSeconds(useLeft_s(countdown))}</span>;
}
