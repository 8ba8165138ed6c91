// Keep, download, delete (in two steps), and everything about the incident as one file.
import "@/i18n/recordings";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconFileZip from "@tabler/icons-react/dist/esm/icons/IconFileZip.mjs";
import IconLock from "@tabler/icons-react/dist/esm/icons/IconLock.mjs";
import IconLockOpen from "@tabler/icons-react/dist/esm/icons/IconLockOpen.mjs";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { addressOf } from "@/api/recordingList";
import { useChangeRecording } from "@/api/recordings";
import { useMay } from "@/api/session";
import type { Recording } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { MayNot } from "@/ui/MayNot";
import { useShowFailure } from "@/ui/useShowFailure";
import classes from "./ClipActions.module.css";

export function ClipActions({ recording, onDeleted }: { recording: Recording; onDeleted: () => void }) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const mayAdminister = useMay("administer");
  const showFailure = useShowFailure();
  const change = useChangeRecording();
  const [confirming, setConfirming] = useState(false);
  const { id, state, locked, cause } = recording;
  if (state === "deleted") return null;
  const busy = !reachable || change.isPending;
  if (confirming) {
    return (
      <Confirm
        onCancel={() => setConfirming(false)}
        onConfirm={() => {
          setConfirming(false);
          change.mutate(
            { id, what: "delete" },
            { onSuccess: onDeleted, onError: showFailure("delete", t("recordings.action.failed_delete")) },
          );
        }}
      />
    );
  }
  const LockIcon = locked ? IconLockOpen : IconLock;
  return (
    <>
      <div className={classes.actions} data-testid="clip-actions">
        <button
          type="button"
          className={classes.button}
          data-testid="clip-lock"
          aria-pressed={locked}
          disabled={busy || !mayOperate}
          onClick={() =>
            change.mutate(
              { id, what: locked ? "unlock" : "lock" },
              { onError: showFailure("lock", t("recordings.action.failed_lock")) },
            )
          }
        >
          <LockIcon size={18} stroke={1.75} aria-hidden="true" />
          {t(locked ? "recordings.action.unlock" : "recordings.action.lock")}
        </button>
        {state === "finished" && (
          <a className={classes.button} href={addressOf.download(id)} download data-testid="clip-download">
            <IconDownload size={18} stroke={1.75} aria-hidden="true" />
            {t("recordings.action.download")}
          </a>
        )}
        {cause.event_id && !mayOperate && (
          <button type="button" className={classes.button} disabled data-testid="incident-export">
            <IconFileZip size={18} stroke={1.75} aria-hidden="true" />
            {t("recordings.action.export")}
          </button>
        )}
        {cause.event_id && mayOperate && (
          <a
            className={classes.button}
            href={addressOf.incident(cause.event_id)}
            download
            data-testid="incident-export"
          >
            <IconFileZip size={18} stroke={1.75} aria-hidden="true" />
            {t("recordings.action.export")}
          </a>
        )}
        <button
          type="button"
          className={classes.button}
          data-testid="clip-delete"
          disabled={busy || !mayAdminister || locked || state !== "finished"}
          title={locked ? t("recordings.action.delete_locked") : undefined}
          onClick={() => setConfirming(true)}
        >
          <IconTrash size={18} stroke={1.75} aria-hidden="true" />
          {t("recordings.action.delete")}
        </button>
      </div>
      <MayNot right={mayOperate ? "administer" : "operate"} />
      {locked && <p className={classes.note}>{t("recordings.action.locked_note")}</p>}
    </>
  );
}

function Confirm({ onConfirm, onCancel }: { onConfirm: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const cancel = useRef<HTMLButtonElement>(null);
  // The harmless answer has the focus.
  useEffect(() => cancel.current?.focus(), []);
  return (
    <fieldset
      className={classes.confirm}
      aria-label={t("recordings.action.delete_sure")}
      data-testid="delete-confirm"
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <p>{t("recordings.action.delete_sure")}</p>
      <button type="button" className={classes.danger} data-testid="delete-yes" onClick={onConfirm}>
        {t("recordings.action.delete_yes")}
      </button>
      <button type="button" className={classes.button} data-testid="delete-no" ref={cancel} onClick={onCancel}>
        {t("recordings.action.delete_no")}
      </button>
    </fieldset>
  );
}
