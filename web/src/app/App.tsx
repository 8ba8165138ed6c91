// Providers and routes. Each page is its own chunk.
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes, useLocation, useSearchParams } from "react-router";
import { queryClient } from "@/api/queries";
import { cssVariables, theme } from "@/theme/theme";
import { Shell } from "./Shell";

const HomePage = lazy(() => import("@/features/home/HomePage"));
const LivePage = lazy(() => import("@/features/live/LivePage"));
const EventsPage = lazy(() => import("@/features/events/EventsPage"));
const AlertsPage = lazy(() => import("@/features/alerts/AlertsPage"));
const DevicesPage = lazy(() => import("@/features/devices/DevicesPage"));
const DevicePage = lazy(() => import("@/features/devices/DevicePage"));
const SystemPage = lazy(() => import("@/features/system/SystemPage"));
const NotFound = lazy(() => import("./NotFound"));
const Kiosk = lazy(() => import("./Kiosk"));

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <Pages />
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages() {
  const { pathname } = useLocation();
  const [search] = useSearchParams();
  if (pathname === "/" && search.get("kiosk") === "1") {
    return (
      <Suspense fallback={null}>
        <Kiosk />
      </Suspense>
    );
  }
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<HomePage />} />
        <Route path="live" element={<LivePage />} />
        <Route path="live/:device" element={<LivePage />} />
        <Route path="events" element={<EventsPage />} />
        <Route path="alerts" element={<AlertsPage />} />
        <Route path="devices" element={<DevicesPage />} />
        <Route path="devices/:device" element={<DevicePage />} />
        <Route path="system" element={<SystemPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}
