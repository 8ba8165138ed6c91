"""Takes the guide's pictures of the page on a phone, on a real simulated house: `python -m scripts.phone_pictures` (half a minute).

Writes docs/guide/images/phone-*.png, in English. Needs Chromium.
"""
# ruff: noqa: INP001

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import ARGUMENTS, CHROMIUM
from tests.e2e.tools import trigger
from tests.house import RunningHouse

_IMAGES = Path(__file__).parents[1] / "docs" / "guide" / "images"
_PHONE = {"width": 390, "height": 760}
_PASSWORD = "for the picture alone"  # noqa: S105 - of a house that is gone when the picture is taken


def _take(page: Page, name: str) -> None:
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=_IMAGES / f"phone-{name}.png", animations="disabled")


def _walk_through(page: Page, data_dir: Path) -> None:
    page.get_by_test_id("make-first-account").first.click()
    page.locator("input[name=username]").fill("ann")
    for field in ("password", "again"):
        page.locator(f"input[name={field}]").fill(_PASSWORD)
    _take(page, "set-up")
    page.get_by_test_id("set-up").click()
    expect(page.get_by_test_id("device-tile-raspberry-01")).to_be_visible()
    _take(page, "home")
    page.get_by_test_id("mode-option-surveillance").first.click()
    expect(page.get_by_test_id("mode-control")).to_have_attribute("data-mode", "surveillance")
    expect(page.get_by_test_id("shield").first).to_have_attribute("data-state", "armed")
    _take(page, "armed")
    trigger(data_dir, "raspberry-01", "motion", "--for", "2")
    banner = page.get_by_test_id("alert-banner")
    expect(banner).to_be_visible()
    expect(banner.locator("img").first).to_be_visible(timeout=20_000)
    _take(page, "alert")


def main() -> None:
    """Raises what the browser or the house could not do."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = RunningHouse(Path(folder) / "data", "--no-scenario", "--devices", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            page = browser.new_page(viewport=_PHONE, locale="en-GB", color_scheme="light", is_mobile=True, has_touch=True)
            page.goto(house.url)
            _walk_through(page, house.data_dir)
        finally:
            browser.close()
            house.stop()


if __name__ == "__main__":
    main()
