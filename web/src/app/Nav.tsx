// The one navigation: a bar at the bottom on phones, a rail at the left from 768 px on.
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { Lighthouse } from "@/ui/drawings";
import classes from "./Nav.module.css";
import { PAGES } from "./pages";

export function Nav({ openAlerts, alarmed }: { openAlerts: number; alarmed: boolean }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.nav} aria-label={t("shell.nav.label")}>
      <span className={classes.mark}>
        <Lighthouse size={36} />
      </span>
      {PAGES.map(({ name, path, Icon, phone }) => (
        <NavLink
          key={name}
          to={path}
          end={path === "/"}
          className={classes.item ?? ""}
          data-testid={`nav-${name}`}
          data-phone={phone}
        >
          <span className={classes.icon}>
            <Icon size={22} stroke={1.75} aria-hidden="true" />
            {name === "alerts" && openAlerts > 0 && <span className={classes.dot} data-alarmed={alarmed} />}
          </span>
          <span className={classes.label}>{t(`shell.nav.${name}`)}</span>
        </NavLink>
      ))}
    </nav>
  );
}
