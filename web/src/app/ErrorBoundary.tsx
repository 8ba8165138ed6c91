// Keeps one broken page from taking the shell with it.
import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LostAtSea } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";

interface State {
  error: Error | null;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: Error }) {
  const { t } = useTranslation();
  return (
    <EmptyState page drawing={<LostAtSea />} title={t("shell.error.title")} text={t("shell.error.text")}>
      <code>{error.message}</code>
      <Button variant="default" h={44} mt={8} onClick={() => window.location.reload()}>
        {t("shell.error.reload")}
      </Button>
    </EmptyState>
  );
}
