"""The dashboard in a real Chromium, on a real house: from the pin to the page and back."""

import signal
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import DESKTOP, PHONE, dashboard, serious_findings
from tests.e2e.tools import trigger

PAGES = [
    "/",
    "/?kiosk=1",
    "/events",
    "/live",
    "/live/raspberry-01",
    "/recordings",
    "/devices",
    "/devices/raspberry-01",
    "/devices/raspberry-01/servo",
    "/alerts",
    "/alerts/walk-test",
    "/alerts/zones/raspberry-01/motion",
    "/system",
    "/system/account",
    "/system/access",
    "/set-up",
    "/nowhere",
]


def test_a_triggered_pin_becomes_a_card_and_a_guarded_one_an_alert(house):
    with dashboard(house.url) as (page, complaints):
        expect(page.get_by_test_id("device-tile-raspberry-01")).to_have_attribute("data-state", "online")
        event = trigger(house.data_dir, "raspberry-01", "motion")[0]
        expect(page.locator(f"[data-event-id='{event['id']}']").first).to_be_visible()
        expect(page.get_by_test_id("alert-banner")).to_have_count(0)

        page.get_by_test_id("mode-option-surveillance").first.click()
        expect(page.get_by_test_id("mode-control")).to_have_attribute("data-mode", "surveillance")
        assert house.get("/api/mode")["mode"] == "surveillance"
        trigger(house.data_dir, "raspberry-02", "button")
        expect(page.get_by_test_id("alert-banner").first).to_be_visible()
        page.get_by_test_id("alert-ack").first.click()
        expect(page.get_by_test_id("alert-banner")).to_have_count(0)
        assert [alert["state"] for alert in house.get("/api/alerts")["alerts"]] == ["acknowledged"]
        assert not complaints


def test_two_dashboards_share_one_mode(house):
    with dashboard(house.url) as (one, _):
        expect(one.get_by_test_id("mode-control")).to_have_attribute("data-mode", "active")
        house.put("/api/mode", {"mode": "surveillance"})
        expect(one.get_by_test_id("mode-control")).to_have_attribute("data-mode", "surveillance")
        house.put("/api/mode", {"mode": "active"})
        expect(one.get_by_test_id("mode-control")).to_have_attribute("data-mode", "active")


def test_the_servo_pad_shows_the_angle_that_the_pi_says(house):
    with dashboard(f"{house.url}/live/raspberry-01") as (page, complaints):
        angle = page.get_by_test_id("servo-angle")
        expect(angle).to_have_attribute("data-angle", "0")
        page.get_by_test_id("servo-left").click()
        expect(angle).to_have_attribute("data-angle", "-15")
        expect(page.get_by_test_id("command-status")).to_have_attribute("data-status", "done")
        assert house.get("/api/devices/raspberry-01")["states"]["servo"]["angle_deg"] == -15
        house.put("/api/cameras/raspberry-01/servo", {"preset": "window"}, method="POST")
        expect(angle).to_have_attribute("data-angle", "45")
        assert not complaints


def test_a_dead_server_is_said_greyed_and_healed_without_a_reload(house):
    with dashboard(house.url) as (page, complaints):
        expect(page.get_by_test_id("device-tile-raspberry-01")).to_have_attribute("data-state", "online")
        complaints.outage_expected = True
        house.send(signal.SIGSTOP, "server")
        missed = trigger(house.data_dir, "raspberry-01", "motion")[0]
        expect(page.get_by_test_id("unreachable-bar")).to_be_visible(timeout=30_000)
        expect(page.get_by_test_id("mode-option-surveillance").first).to_be_disabled()
        expect(page.locator("main")).to_have_attribute("data-stale", "true")
        house.kill("server")
        expect(page.get_by_test_id("unreachable-bar")).to_have_count(0, timeout=30_000)
        expect(page.locator(f"[data-event-id='{missed['id']}']").first).to_be_visible(timeout=15_000)
        assert not complaints


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("locale", "viewport"), [("en-GB", DESKTOP), ("fr-FR", PHONE)], ids=["desktop-en", "phone-fr"])
def test_every_page_is_accessible_and_quiet(shared_house, locale, viewport, dark):
    trigger(shared_house.data_dir, "raspberry-01", "motion")
    with dashboard(shared_house.url, viewport=viewport, locale=locale, dark=dark) as (page, complaints):
        for path in PAGES:
            page.goto(f"{shared_house.url}{path}")
            expect(page.locator("main h1, main h2").first).to_be_visible()
            expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0, timeout=30_000)
            assert not serious_findings(page), path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
            assert page.evaluate("document.documentElement.lang") == locale[:2]
        # Of a camera that has no picture yet the browser says by itself that it has got none (404, 503).
        assert not [said for said in complaints if not said.endswith(("/snapshot.jpg", "/live"))]


def test_a_mistyped_api_address_is_a_problem_also_for_a_browser(shared_house):
    request = urllib.request.Request(f"{shared_house.url}/api/typo", headers={"Accept": "text/html"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=5)
    with refusal.value as answer:
        assert answer.code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_dashboard_is_cached_for_ever_but_its_index_never(shared_house):
    with urllib.request.urlopen(shared_house.url, timeout=5) as answer:
        html = answer.read().decode()
        assert answer.headers["Cache-Control"] == "no-cache"
    script = html.split('src="/assets/')[1].split('"')[0]
    with urllib.request.urlopen(f"{shared_house.url}/assets/{script}", timeout=5) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_servers_machine_is_examined_from_the_page(shared_house):
    with dashboard(f"{shared_house.url}/system", viewport=PHONE, locale="fr-FR") as (page, complaints):
        page.get_by_test_id("examine").click()
        expect(page.get_by_test_id("doctor-summary")).to_be_visible(timeout=30_000)
        page.get_by_test_id("doctor-fine").locator("summary").click()
        for subject in ("broker", "server", "versions", "port", "schema", "disk"):
            found = page.locator(f"[data-subject='{subject}'][data-mark='ok']").first
            expect(found).to_be_visible()
        assert f"127.0.0.1:{shared_house.broker_port} answers" in page.locator("[data-subject='broker']").inner_text()
        assert serious_findings(page) == []
        assert not complaints
