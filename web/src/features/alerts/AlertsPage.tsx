// What wants an acknowledgement, one entry per device and sensor, and below what was acknowledged.
import { Button, Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { groupAlerts, isOpen } from "@/api/alerts";
import { useAcknowledge, useAllAlerts, useMode } from "@/api/queries";
import { useMay } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import { ZonesPanel } from "@/features/zones/ZonesPanel";
import { QuietBell } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { LoadError } from "@/ui/LoadError";
import { MayNot } from "@/ui/MayNot";
import { PageHeader, Panel } from "@/ui/Panel";
import { useShowFailure } from "@/ui/useShowFailure";
import { AlertGroupCard } from "./AlertGroupCard";
import classes from "./AlertsPage.module.css";

export default function AlertsPage() {
  const { t } = useTranslation();
  const query = useAllAlerts();
  const alerts = query.data;
  const open = useMemo(() => groupAlerts(alerts?.filter(isOpen) ?? []), [alerts]);
  const acknowledged = useMemo(() => groupAlerts(alerts?.filter((alert) => !isOpen(alert)) ?? []), [alerts]);
  return (
    <>
      <PageHeader title={t("alerts.title")}>
        {open.length > 0 && <AcknowledgeAll ids={open.flatMap((group) => group.open.map(({ id }) => id))} />}
      </PageHeader>
      {open.length > 0 && <MayNot right="operate" />}
      <div className={classes.groups}>
        {query.isPending && <Skeleton h={240} radius={12} />}
        {query.isError && alerts === undefined && <LoadError error={query.error} retry={() => void query.refetch()} />}
        {alerts?.length === 0 && <NoAlerts />}
        {open.length > 0 && <h2 className={classes.section}>{t("alerts.open")}</h2>}
        {open.map((group) => (
          <AlertGroupCard key={group.key} group={group} />
        ))}
        {acknowledged.length > 0 && <h2 className={classes.section}>{t("alerts.acknowledged")}</h2>}
        {acknowledged.map((group) => (
          <AlertGroupCard key={group.key} group={group} />
        ))}
        <ZonesPanel />
      </div>
    </>
  );
}

function AcknowledgeAll({ ids }: { ids: number[] }) {
  const { t } = useTranslation();
  const reachable = useReachable();
  const mayOperate = useMay("operate");
  const acknowledge = useAcknowledge();
  const showFailure = useShowFailure();
  return (
    <Button
      h={44}
      disabled={!reachable || !mayOperate}
      loading={acknowledge.isPending}
      data-testid="alert-ack-all"
      onClick={() => acknowledge.mutate(ids, { onError: showFailure("acknowledge", t("alerts.failed")) })}
    >
      {t("alerts.acknowledge_all")}
    </Button>
  );
}

function NoAlerts() {
  const { t } = useTranslation();
  const mode = useMode().data;
  const word = t(`mode.word.${mode?.known ? mode.mode : "unknown"}`);
  return (
    <Panel>
      <EmptyState drawing={<QuietBell />} title={t("alerts.empty.title")} text={t("alerts.empty.text")}>
        <p>{t("alerts.empty.mode", { mode: word })}</p>
      </EmptyState>
    </Panel>
  );
}
