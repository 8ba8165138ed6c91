// Providers and routes. Each page is its own chunk.
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { BrowserRouter, Route, Routes, useLocation, useSearchParams } from "react-router";
import { queryClient } from "@/api/queries";
import { cssVariables, theme } from "@/theme/theme";
import { Gate, loadSetUp, loadSignIn } from "./Gate";
import { Shell } from "./Shell";

const pages = {
  home: () => import("@/features/home/HomePage"),
  live: () => import("@/features/live/LivePage"),
  events: () => import("@/features/events/EventsPage"),
  recordings: () => import("@/features/recordings/RecordingsPage"),
  alerts: () => import("@/features/alerts/AlertsPage"),
  walkTest: () => import("@/features/zones/WalkTestPage"),
  zone: () => import("@/features/zones/ZonePage"),
  devices: () => import("@/features/devices/DevicesPage"),
  device: () => import("@/features/devices/DevicePage"),
  calibration: () => import("@/features/calibration/CalibrationPage"),
  system: () => import("@/features/system/SystemPage"),
  account: () => import("@/features/access/AccountPage"),
  access: () => import("@/features/access/AccessPage"),
};
const HomePage = lazy(pages.home);
const LivePage = lazy(pages.live);
const EventsPage = lazy(pages.events);
const RecordingsPage = lazy(pages.recordings);
const AlertsPage = lazy(pages.alerts);
const WalkTestPage = lazy(pages.walkTest);
const ZonePage = lazy(pages.zone);
const DevicesPage = lazy(pages.devices);
const DevicePage = lazy(pages.device);
const CalibrationPage = lazy(pages.calibration);
const SystemPage = lazy(pages.system);
const AccountPage = lazy(pages.account);
const AccessPage = lazy(pages.access);
const NotFound = lazy(() => import("./NotFound"));
const Kiosk = lazy(() => import("./Kiosk"));

const FETCH_AHEAD_AFTER_MS = 3000;

export function App() {
  // All pages, once the first one stands: they must open also while the server is unreachable.
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of [loadSignIn, loadSetUp, ...Object.values(pages)]) load().catch(() => undefined);
    }, FETCH_AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <Gate>
            <Pages />
          </Gate>
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
        <Route path="recordings" element={<RecordingsPage />} />
        <Route path="alerts" element={<AlertsPage />} />
        <Route path="alerts/walk-test" element={<WalkTestPage />} />
        <Route path="alerts/zones/:device/:sensor" element={<ZonePage />} />
        <Route path="devices" element={<DevicesPage />} />
        <Route path="devices/:device" element={<DevicePage />} />
        <Route path="devices/:device/servo" element={<CalibrationPage />} />
        <Route path="system" element={<SystemPage />} />
        <Route path="system/account" element={<AccountPage />} />
        <Route path="system/access" element={<AccessPage />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}
