// The ledger in one line: is every event here?
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDashed from "@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs";
import IconExclamationCircle from "@tabler/icons-react/dist/esm/icons/IconExclamationCircle.mjs";
import type { Device, DeviceState } from "@/api/types";
import type { IconType } from "@/ui/icons";
import classes from "./Ledger.module.css";
import type { Tone } from "./ledgerWords";
import { useLedgerWords } from "./useLedgerWords";

const ICONS: Record<Tone, IconType> = {
  well: IconCircleCheck,
  missing: IconExclamationCircle,
  quiet: IconCircleDashed,
};

export function LedgerLine({ device, state }: { device: Device; state: DeviceState }) {
  const { sentence, tone, verdict } = useLedgerWords(device, state);
  return (
    <p className={classes.line} data-tone={tone} data-verdict={verdict} data-testid={`ledger-${device.device_id}`}>
      <LedgerIcon tone={tone} />
      <span>{sentence}</span>
    </p>
  );
}

export function LedgerIcon({ tone }: { tone: Tone }) {
  const Icon = ICONS[tone];
  return <Icon size={18} stroke={2} aria-hidden="true" />;
}
