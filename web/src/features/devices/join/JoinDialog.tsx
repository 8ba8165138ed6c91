// A new Pi: its code, then who has asked with it, then that it is in. Closing ends the code.
import { Button, Loader, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Snippet } from "@/ui/Snippet";
import { CodeStep } from "./CodeStep";
import classes from "./Join.module.css";
import { RequestStep } from "./RequestStep";
import type { Join } from "./useJoin";

const BY_HAND = "sudo vigie provision raspberry-03";

export function JoinDialog({ join }: { join: Join }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={join.close}
      title={t("join.title")}
      centered
      size={520}
      // What is under way must not end by a slip.
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
      transitionProps={{ duration: 120 }}
    >
      <div className={classes.dialog} data-testid="join-dialog" data-stage={join.state?.stage ?? undefined}>
        <Step join={join} />
      </div>
    </Modal>
  );
}

function Step({ join }: { join: Join }) {
  const { t } = useTranslation();
  const { made, state } = join;
  if (join.cannotSign) return <CannotSign />;
  if (made === null) {
    if (join.busy) return <Loader aria-label={t("join.making")} />;
    return <Ended join={join}>{join.refused}</Ended>;
  }
  const stage = state?.stage;
  switch (stage) {
    case undefined:
    case "open":
      return <CodeStep made={made} state={state} />;
    case "asked":
    case "signing":
      return <RequestStep join={join} />;
    case "signed":
      return (
        <p className={classes.text} role="status">
          {t("join.handing_over")}
        </p>
      );
    case "taken":
      return <Taken join={join} />;
    case null:
      return <Ended join={join}>{t("join.over.restarted")}</Ended>;
    default:
      return <Ended join={join}>{t(`join.over.${stage}`)}</Ended>;
  }
}

function Taken({ join }: { join: Join }) {
  const { t } = useTranslation();
  return (
    <>
      <p className={classes.good} role="status" data-testid="join-taken">
        {t("join.taken", { name: join.state?.request?.device_id })}
      </p>
      <p className={classes.text}>{t("join.taken_then")}</p>
      <Button h={48} data-testid="join-done" onClick={join.close}>
        {t("join.done")}
      </Button>
    </>
  );
}

function Ended({ join, children }: { join: Join; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <p className={classes.warning} role="alert" data-testid="join-ended">
        {children}
      </p>
      <Button h={48} data-testid="join-again" onClick={join.start}>
        {t("join.again")}
      </Button>
    </>
  );
}

function CannotSign() {
  const { t } = useTranslation();
  return (
    <>
      <p className={classes.text} data-testid="join-cannot">
        {t("join.cannot")}
      </p>
      <Snippet title={t("join.by_hand")} text={BY_HAND} />
      <p className={classes.text}>{t("join.by_hand_then")}</p>
    </>
  );
}
