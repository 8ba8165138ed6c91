// Renders with everything a component of the dashboard expects around it, in English.
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import i18next from "i18next";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { connection } from "@/api/connection";
import { session } from "@/api/session";
import type { SessionState } from "@/api/types";
import { startI18n } from "@/i18n";
import { cssVariables, theme } from "@/theme/theme";

/** Nobody has an account, and whoever is there may do everything: as the dashboard is tried out. */
export const TRY_OUT: SessionState = { state: "open", role: "admin" };

export function signedIn(name: string, role: NonNullable<SessionState["role"]>): SessionState {
  return { state: "signed_in", name, role };
}

export async function renderPage(children: ReactNode, address = "/", who = TRY_OUT) {
  session.take(who, true);
  if (!i18next.isInitialized) await startI18n();
  await i18next.changeLanguage("en");
  connection.set({ socket: "up", socketDownAt_ms: null, requests: "answered", lastHeard_ms: Date.now() });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const wrapper = (props: { children: ReactNode }) => (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[address]}>{props.children}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
  return { ...render(children, { wrapper }), client };
}
