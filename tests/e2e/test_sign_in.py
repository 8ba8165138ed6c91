"""Accounts on the page, on a real house: the first one locks it, who is signed out is shown out, a viewer only looks."""

import subprocess
import sys

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.browser import ARGUMENTS, CHROMIUM, serious_findings
from tests.e2e.tools import trigger
from tests.house import RunningHouse, clean_environment

PASSWORD = "three words together"
FREE_TRIES = 4
SHOWN_OUT_WITHIN_MS = 5000


def test_accounts_from_the_first_to_a_viewers(house):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            anns, page = _opened(browser, house.url)
            _make_the_first_account(page)
            _is_locked(browser, house)
            _sign_out_and_in_again(page, house)
            _live_events_come(page, house)
            _end_another_browsers_session(page, browser, house)
            _a_viewer_only_looks(anns, browser, house)
        finally:
            browser.close()


def _opened(browser: Browser, url: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(url)
    return context, page


def _sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.get_by_test_id("sign-in").click()


def _make_the_first_account(page: Page) -> None:
    page.get_by_test_id("make-first-account").first.click()
    page.locator("input[name=username]").fill("ann")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=again]").fill(PASSWORD)
    assert serious_findings(page) == []
    page.get_by_test_id("set-up").click()
    expect(page.get_by_test_id("mode-control")).to_be_visible()
    expect(page.get_by_test_id("try-out")).to_have_count(0)


def _is_locked(browser: Browser, house: RunningHouse) -> None:
    context, page = _opened(browser, f"{house.url}/events?type=motion_detected")
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    assert serious_findings(page) == []
    assert page.request.get(f"{house.url}/api/events").status == 401
    context.close()


def _sign_out_and_in_again(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.url}/events?period=today")
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    for _ in range(FREE_TRIES):
        wrong = page.request.post(f"{house.url}/api/session", data={"name": "ann", "password": "not my password"})
        assert wrong.status == 401, wrong.text()
    _sign_in(page, "ann", "not my password")
    expect(page.get_by_test_id("sign-in-refused")).to_have_text("This name and this password do not belong together.")
    expect(page.get_by_test_id("sign-in-refused-wait")).to_contain_text("Next try in")
    expect(page.get_by_test_id("sign-in")).to_be_disabled()
    _vigie(house, "user", "unlock")
    page.reload()
    _sign_in(page, "ann")
    expect(page.get_by_test_id("account-menu")).to_be_visible()
    assert page.url.endswith("/events?period=today")


def _live_events_come(page: Page, house: RunningHouse) -> None:
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    page.goto(house.url)
    expect(page.get_by_test_id("freshness-strip")).to_have_attribute("data-signal", "ok")
    event = trigger(house.data_dir, "raspberry-01", "motion")[0]
    expect(page.locator(f"[data-event-id='{event['id']}']").first).to_be_visible()
    assert [frame for frame in heard if event["id"] in frame], "it came by Socket.IO"


def _end_another_browsers_session(page: Page, browser: Browser, house: RunningHouse) -> None:
    context, other = _opened(browser, f"{house.url}/devices")
    _sign_in(other, "ann")
    expect(other.get_by_test_id("device-tile-raspberry-01").or_(other.get_by_text("raspberry-01")).first).to_be_visible()
    page.goto(f"{house.url}/system/access")
    places = page.get_by_test_id("session")
    expect(places).to_have_count(2)
    assert serious_findings(page) == []
    places.filter(has_not_text="This browser").get_by_test_id("session-end").click()
    expect(other.get_by_test_id("shown-out")).to_be_visible(timeout=SHOWN_OUT_WITHIN_MS)
    expect(other.get_by_text("raspberry-01")).to_have_count(0)
    expect(places).to_have_count(1)
    context.close()


def _a_viewer_only_looks(anns: BrowserContext, browser: Browser, house: RunningHouse) -> None:
    added = anns.request.post(f"{house.url}/api/users", data={"name": "vera", "role": "viewer", "password": PASSWORD})
    assert added.status == 201, added.text()
    context, page = _opened(browser, house.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(house.url)))
    _sign_in(page, "vera")
    expect(page.get_by_test_id("mode-option-surveillance").first).to_be_disabled()
    expect(page.get_by_test_id("may-not").first).to_contain_text("Viewer")
    page.get_by_test_id("nav-system").click()
    expect(page.get_by_test_id("accounts-panel")).to_contain_text("vera")
    assert not [path for path in asked if path.startswith(("/api/people", "/api/audit", "/api/users", "/api/tokens"))]
    assert serious_findings(page) == []
    context.close()


def _vigie(house: RunningHouse, *arguments: str) -> None:
    argv = [sys.executable, "-m", "vigie", *arguments, "--data", str(house.data_dir)]
    run = subprocess.run(argv, capture_output=True, text=True, env=clean_environment(), timeout=30)
    assert run.returncode == 0, run.stderr
