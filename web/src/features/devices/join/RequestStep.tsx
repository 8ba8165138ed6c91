// Who has asked with the code: to be compared with what the Pi shows, and confirmed or refused.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./Join.module.css";
import type { Join } from "./useJoin";

export function RequestStep({ join }: { join: Join }) {
  const { t } = useTranslation();
  const asked = join.state?.request;
  if (!asked) return null;
  const isSigning = join.busy || join.state?.stage === "signing";
  const number = `${asked.check_number.slice(0, 3)} ${asked.check_number.slice(3)}`;
  return (
    <>
      <p className={classes.text} role="status">
        {t("join.asks")}
      </p>
      <dl className={classes.facts}>
        <dt>{t("join.name")}</dt>
        <dd data-testid="join-name">{asked.device_id}</dd>
        <dt>{t("join.address")}</dt>
        <dd>{asked.address}</dd>
        <dt>{t("join.camera")}</dt>
        <dd>{asked.camera ?? t("join.no_camera")}</dd>
        <dt>{t("join.number")}</dt>
        <dd className={classes.number} data-testid="join-number">
          {number}
        </dd>
      </dl>
      <p className={classes.text}>{t("join.compare")}</p>
      <p className={classes.warning} role="alert" data-testid="join-refused">
        {asked.waits ? join.refused : t("join.refused.pi_away")}
      </p>
      <div className={classes.actions}>
        <Button variant="default" h={48} disabled={isSigning} data-testid="join-refuse" onClick={join.refuse}>
          {t("join.refuse")}
        </Button>
        <Button h={48} loading={isSigning} disabled={!asked.waits} data-testid="join-confirm" onClick={join.confirm}>
          {join.isTaken ? t("join.replace") : t("join.confirm")}
        </Button>
      </div>
    </>
  );
}
