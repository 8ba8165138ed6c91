// The ledger of one device: what its Pi accepted against what is stored here, figure by figure.
import { useTranslation } from "react-i18next";
import type { Device, DeviceState, StreamLedger } from "@/api/types";
import { amount } from "@/format/time";
import { useLanguage } from "@/i18n";
import { Panel } from "@/ui/Panel";
import { TimeAgo } from "@/ui/TimeAgo";
import { AsOf } from "./AsOf";
import { Figure, Figures } from "./Figures";
import classes from "./Ledger.module.css";
import { LedgerIcon } from "./LedgerLine";
import { useLedgerWords } from "./useLedgerWords";

interface LedgerCardProps {
  device: Device;
  state: DeviceState;
  asOf: string | null;
}

export function LedgerCard({ device, state, asOf }: LedgerCardProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { ledger } = device;
  const { sentence, tone, verdict } = useLedgerWords(device, state);
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? null : amount(value, language);
  const quarantined = ledger.quarantined ?? 0;
  const dropped = ledger.dropped ?? 0;
  const logs = ledger.streams ?? [];
  return (
    <Panel title={t("devices.ledger.title")} aside={<AsOf words={asOf} />}>
      <div data-testid={`ledger-${device.device_id}`} data-verdict={verdict}>
        <p className={classes.verdict} data-tone={tone}>
          <LedgerIcon tone={tone} />
          <span>{sentence}</span>
        </p>
        {ledger.accepted !== null && ledger.accepted !== undefined && ledger.accepted > 0 && (
          <div className={classes.share} data-tone={tone} aria-hidden="true">
            <span style={{ width: `${Math.min(100, (ledger.stored / ledger.accepted) * 100)}%` }} />
          </div>
        )}
        <Figures>
          <Figure label={t("devices.ledger.accepted")} value={number(ledger.accepted)} testid="ledger-accepted" />
          <Figure label={t("devices.ledger.stored")} value={number(ledger.stored)} testid="ledger-stored" />
          <Figure
            label={t("devices.ledger.missing")}
            value={number(ledger.missing)}
            tone={tone === "missing" ? "missing" : undefined}
            testid="ledger-missing"
          />
          {dropped > 0 && (
            <Figure
              label={t("devices.ledger.dropped")}
              value={number(dropped)}
              tone="missing"
              note={t("devices.ledger.dropped_note")}
              testid="ledger-dropped"
            />
          )}
          <Figure
            label={t("devices.ledger.late")}
            value={number(ledger.late ?? 0)}
            note={t("devices.ledger.late_note")}
          />
          <Figure
            label={t("devices.ledger.quarantined")}
            value={number(quarantined)}
            tone={quarantined > 0 ? "trouble" : undefined}
            note={t("devices.ledger.quarantined_note")}
          />
          <Figure
            label={t("devices.ledger.proof")}
            value={ledger.last_proof_at ? <TimeAgo moment={ledger.last_proof_at} /> : null}
            note={t("devices.ledger.proof_note")}
          />
        </Figures>
        {logs.length > 1 && <Logs logs={logs} />}
      </div>
    </Panel>
  );
}

/** A card that was replaced, restored or damaged begins a new log; the earlier ones are still accounted for. */
function Logs({ logs }: { logs: StreamLedger[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <details className={classes.logs} data-testid="ledger-logs">
      <summary>{t("devices.ledger.logs", { count: logs.length })}</summary>
      <ul>
        {logs.map((one) => (
          <li key={one.stream_id}>
            <code title={one.stream_id}>{one.stream_id.slice(0, 8)}</code>{" "}
            {t("devices.ledger.log", {
              stored: amount(one.stored, language),
              accepted: one.accepted === null || one.accepted === undefined ? "–" : amount(one.accepted, language),
            })}
            {(one.dropped ?? 0) > 0 && t("devices.ledger.log_dropped", { number: amount(one.dropped ?? 0, language) })}
            {(one.quarantined ?? 0) > 0 &&
              t("devices.ledger.log_quarantined", { number: amount(one.quarantined ?? 0, language) })}
            {(one.missing ?? 0) > 0 && (
              <strong>{t("devices.ledger.log_missing", { number: amount(one.missing ?? 0, language) })}</strong>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
