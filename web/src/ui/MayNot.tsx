// Why controls are off for who has not the right to use them; nothing for who has it.
import IconLock from "@tabler/icons-react/dist/esm/icons/IconLock.mjs";
import { useTranslation } from "react-i18next";
import { type Right, useMay, useSession } from "@/api/session";
import classes from "./MayNot.module.css";

export function MayNot({ right }: { right: Right }) {
  const { t } = useTranslation();
  const may = useMay(right);
  const { role } = useSession();
  if (may || role === null) return null;
  return (
    <p className={classes.note} data-testid="may-not" data-right={right}>
      <IconLock size={16} stroke={2} aria-hidden="true" />
      <span>{t(`session.may_not.${right}`, { role: t(`session.role.${role}`) })}</span>
    </p>
  );
}
