// Where the dashboard starts: styles, language, who is asking, live connection, then React.
import "./theme/mantine";
import "./theme/tokens.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { request } from "./api/http";
import { session } from "./api/session";
import { watchForSetUpCode } from "./api/setUpCode";
import { App } from "./app/App";
import { watchVisits } from "./app/visits";
import { startI18n } from "./i18n";

watchForSetUpCode();
void session.ask();
await startI18n();
watchVisits();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

// After an upgrade this tab asks for files that are gone: the new dashboard has others. Not while the server is away: a page
// that shows what was known, greyed, is worth more than the browser's error page. So the server is asked first.
window.addEventListener("vite:preloadError", () => {
  const RELOADED = "vigie.reloaded";
  if (sessionStorage.getItem(RELOADED) === "1") return;
  request("/healthz", { timeout_ms: 4000 }).then(
    () => {
      sessionStorage.setItem(RELOADED, "1");
      window.location.reload();
    },
    () => undefined,
  );
});

// Browsers allow a service worker on https and on localhost only; elsewhere the dashboard works without.
if (import.meta.env.PROD && "serviceWorker" in navigator && window.isSecureContext) {
  void navigator.serviceWorker.register("/sw.js");
}
