// The way back from a page below System.
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import classes from "./Access.module.css";

export function BackToSystem() {
  const { t } = useTranslation();
  return (
    <Link className={classes.back} to="/system">
      <IconChevronLeft size={20} stroke={2} aria-hidden="true" />
      {t("access.account.back")}
    </Link>
  );
}
