"""A real Chromium on the dashboard; collects whatever its console complains about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
_AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


class Complaints(list[str]):
    """What the console said. While the server is dead the browser itself reports failed requests: `expect_outage`."""

    def __init__(self) -> None:
        super().__init__()
        self.outage_expected = False

    def take(self, kind: str, text: str) -> None:
        if self.outage_expected and ("ERR_" in text or "WebSocket" in text or "Failed to load resource" in text):
            return
        if kind in ("error", "warning"):
            self.append(f"{kind}: {text}")


@contextmanager
def dashboard(
    url: str, *, viewport: dict[str, int] = DESKTOP, locale: str = "en-GB", dark: bool = False
) -> Iterator[tuple[Page, Complaints]]:
    """A page on `url` in a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            page = browser.new_page(viewport=viewport, locale=locale, color_scheme="dark" if dark else "light")
            complaints = Complaints()
            page.on("console", lambda message: complaints.take(message.type, f"{message.text} {message.location['url']}"))
            page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
            page.goto(url)
            yield page, complaints
        finally:
            browser.close()


def serious_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands."""
    # The CSP forbids inline scripts to everybody but the browser's own debugger, which is how this one gets in.
    page.evaluate(_AXE.read_text(encoding="utf-8") + ";undefined")
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{finding['id']}: {finding['help']}: {node['html'][:160]}"
        for finding in result["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
