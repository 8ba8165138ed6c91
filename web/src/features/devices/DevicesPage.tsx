// Devices: each with its state, its age, its sensors, its ledger and what ails it.
import { Skeleton } from "@mantine/core";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { useTranslation } from "react-i18next";
import { useDevices, useSite } from "@/api/queries";
import { LoadError } from "@/ui/LoadError";
import { PageHeader } from "@/ui/Panel";
import { AddDevice } from "./AddDevice";
import classes from "./DevicesPage.module.css";
import { DeviceTile } from "./DeviceTile";
import { JoinButton } from "./join/JoinButton";

export default function DevicesPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("devices.title")}>
        <JoinButton />
      </PageHeader>
      <DeviceList />
    </>
  );
}

function DeviceList() {
  const { t } = useTranslation();
  const devices = useDevices();
  const kinds = useSite().data?.sensor_kinds ?? [];
  if (devices.isPending) {
    return (
      <div className={classes.tiles} aria-busy="true">
        <Skeleton h={240} radius={12} />
        <Skeleton h={240} radius={12} />
      </div>
    );
  }
  if (devices.data === undefined) return <LoadError error={devices.error} retry={() => void devices.refetch()} />;
  if (devices.data.length === 0) return <AddDevice />;
  return (
    <>
      <ul className={classes.tiles} aria-label={t("devices.title")}>
        {devices.data.map((device) => (
          <li key={device.device_id}>
            <DeviceTile device={device} kinds={kinds} />
          </li>
        ))}
      </ul>
      <details className={classes.more}>
        <summary>
          <IconPlus size={20} stroke={2} aria-hidden="true" />
          {t("devices.add.another")}
        </summary>
        <AddDevice />
      </details>
    </>
  );
}
