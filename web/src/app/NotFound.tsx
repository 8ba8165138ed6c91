// An address that leads nowhere.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { LostAtSea } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";

export default function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState page drawing={<LostAtSea />} title={t("shell.not_found.title")} text={t("shell.not_found.text")}>
      <Button component={Link} to="/" h={44} mt={8}>
        {t("shell.not_found.home")}
      </Button>
    </EmptyState>
  );
}
