// "Add a Pi": for an admin, on a page that reaches its server.
import "@/i18n/join";
import { Button } from "@mantine/core";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { useReachable } from "@/api/useFreshness";
import { JoinDialog } from "./JoinDialog";
import { useJoin } from "./useJoin";

export function JoinButton() {
  const { t } = useTranslation();
  const may = useMay("administer");
  const reachable = useReachable();
  const join = useJoin();
  if (!may) return null;
  return (
    <>
      <Button
        h={44}
        leftSection={<IconPlus size={18} stroke={2} aria-hidden="true" />}
        disabled={!reachable}
        data-testid="join-add"
        onClick={join.start}
      >
        {t("join.add")}
      </Button>
      {join.isOpen && <JoinDialog join={join} />}
    </>
  );
}
