"""The dashboard's part of the alarm, on a real house: arming, countdowns, PINs, and a shield that never claims too much."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.e2e.browser import PHONE, dashboard, serious_findings
from tests.e2e.guarded_house import a_house, becomes
from tests.e2e.tools import trigger
from tests.house import RunningHouse, clean_environment
from tests.waiting import wait_until

PIN = "2468"
DURESS_PIN = "1357"


@contextmanager
def held_open(house: RunningHouse, device: str, sensor: str) -> Iterator[None]:
    """Somebody stands on the mat for the length of the block."""
    argv = [sys.executable, "-m", "vigie", "trigger", device, sensor, "--for", "60", "--data", str(house.data_dir)]
    standing = subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=clean_environment())
    try:
        yield
    finally:
        standing.kill()
        standing.wait(10)


def add_person(house: RunningHouse) -> None:
    house.put("/api/people", {"name": "ann", "pin": PIN, "duress_pin": DURESS_PIN}, "POST")


def test_arming_counts_down_and_disarming_asks_for_the_pin(tmp_path):
    with a_house(tmp_path, exit_s=50) as house, dashboard(house.url, viewport=PHONE) as (page, complaints):
        becomes(page, "disarmed")
        page.get_by_test_id("mode-option-surveillance").first.click()
        becomes(page, "arming")
        assert 0 < int(page.get_by_test_id("seconds").inner_text()) <= 50
        page.get_by_test_id("mode-cancel").click()
        becomes(page, "disarmed")
        add_person(house)

        page.get_by_test_id("mode-option-surveillance").first.click()
        becomes(page, "arming")
        complaints.outage_expected = True  # the browser reports each 403
        page.get_by_test_id("mode-cancel").click()
        expect(page.get_by_test_id("pin-pad")).to_be_visible()
        assert not serious_findings(page)
        page.keyboard.type("0000")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("pin-said")).to_have_text("Wrong PIN. 2 tries left before a wait.")
        assert house.get("/api/alarm")["state"] == "arming"
        for digit in PIN:
            page.get_by_test_id(f"pin-key-{digit}").click()
        page.get_by_test_id("pin-enter").click()
        becomes(page, "disarmed")
        expect(page.get_by_test_id("pin-pad")).to_have_count(0)
        assert house.get("/api/mode")["changed_by"] == "ann"
        assert not complaints


def test_a_duress_pin_disarms_and_is_seen_on_the_page_of_the_alerts_alone(tmp_path):
    with a_house(tmp_path) as house, dashboard(house.url) as (page, complaints):
        complaints.outage_expected = True
        add_person(house)
        page.get_by_test_id("mode-option-night").first.click()
        becomes(page, "armed")
        page.get_by_test_id("mode-option-active").first.click()
        expect(page.get_by_test_id("pin-pad")).to_be_visible()
        page.keyboard.type(DURESS_PIN)
        page.keyboard.press("Enter")
        becomes(page, "disarmed")
        assert [alert["silent"] for alert in house.get("/api/alerts")["alerts"]] == [True]
        expect(page.get_by_test_id("bell")).to_have_attribute("data-open", "0")
        expect(page.get_by_test_id("alert-banner")).to_have_count(0)
        expect(page.get_by_test_id("toast")).to_have_count(0)
        page.goto(f"{house.url}/alerts")
        expect(page.get_by_test_id("alert-group")).to_have_attribute("data-group", "server/duress")
        expect(page.get_by_test_id("bell")).to_have_attribute("data-open", "0")
        assert not complaints


def test_an_open_zone_is_told_first_and_left_out_by_the_second_press(tmp_path):
    with a_house(tmp_path) as house, dashboard(house.url) as (page, complaints):
        becomes(page, "disarmed")
        with held_open(house, "raspberry-01", "button"):
            wait_until(lambda: house.get("/api/alarm")["open"]["surveillance"], "the mat is open")
            page.get_by_test_id("mode-option-surveillance").first.click()
            expect(page.get_by_test_id("open-zones").first).to_have_attribute("data-zones", "raspberry-01/button")
            assert house.get("/api/mode")["mode"] == "active"
            page.get_by_test_id("arm-without").first.click()
            becomes(page, "armed")
            assert house.get("/api/mode")["bypass"] == ["raspberry-01/button"]
        assert not complaints


def test_an_entry_delay_can_be_ended_from_every_page_and_an_event_says_why(tmp_path):
    with a_house(tmp_path) as house, dashboard(f"{house.url}/events") as (page, complaints):
        house.put("/api/mode", {"mode": "surveillance"})
        wait_until(lambda: house.get("/api/alarm")["state"] == "armed", "armed")
        counted = trigger(house.data_dir, "raspberry-01", "button")[0]
        expect(page.get_by_test_id("alert-banner")).to_have_count(0)
        delayed = trigger(house.data_dir, "raspberry-01", "motion")[0]
        expect(page.get_by_test_id("entry-delay")).to_contain_text(re.compile(r"Entry delay: \S+ s to disarm"))
        page.get_by_test_id("entry-disarm").click()
        expect(page.get_by_test_id("entry-delay")).to_have_count(0)
        wait_until(lambda: house.get("/api/alarm")["state"] == "disarmed", "the other Pi too")
        for event, outcome, words in [
            (counted, "counting", "1 of 2 detections within 10 s"),
            (delayed, "entry_delay", "Not at once: 1 min to disarm"),
        ]:
            page.locator(f"[data-event-id='{event['id']}']").first.click()
            expect(page.get_by_test_id("decision")).to_have_attribute("data-outcome", outcome)
            expect(page.get_by_test_id("decision")).to_contain_text(words)
            page.keyboard.press("Escape")
            expect(page.get_by_test_id("decision")).to_have_count(0)
        assert not complaints


def test_a_filter_is_tried_on_the_history_and_its_lines_are_what_the_pi_accepts(shared_house, tmp_path):
    trigger(shared_house.data_dir, "raspberry-02", "motion")
    config = (shared_house.data_dir / "agents" / "raspberry-02" / "agent.toml").read_text()
    with dashboard(f"{shared_house.url}/alerts/zones/raspberry-02/motion") as (page, complaints):
        page.get_by_label("Detections needed").fill("3")
        page.get_by_label("Stays active for").fill("1.5")
        page.get_by_label("Pressure mat, entrance · raspberry-01").check()
        page.get_by_label("Entry delay", exact=True).check()
        page.get_by_label("at any time").check()
        page.get_by_test_id("replay-try").click()
        expect(page.get_by_test_id("replay-result")).to_contain_text("With this filter: no alarm, not")
        lines = page.get_by_test_id("snippet").inner_text()
        assert not complaints
    path = tmp_path / "agent.toml"
    path.write_text(re.sub(r"\[zones\.motion\]\n(?:[a-z_]+ = .*\n)*", lines, config))
    assert "pulses = 3" in path.read_text()
    argv = [sys.executable, "-m", "vigie", "check-config", str(path)]
    run = subprocess.run(argv, capture_output=True, text=True, env=clean_environment(), timeout=30)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_walk_test_ticks_each_zone_also_what_came_while_the_server_was_away(tmp_path):
    with a_house(tmp_path) as house, dashboard(f"{house.url}/alerts/walk-test") as (page, complaints):
        page.get_by_test_id("walk-start").click()
        expect(page.get_by_test_id("walk-summary")).to_have_attribute("data-done", "0")
        trigger(house.data_dir, "raspberry-01", "motion")
        expect(page.get_by_test_id("walk-raspberry-01/motion")).to_have_attribute("data-seen", "true")
        complaints.outage_expected = True
        house.kill("server")
        trigger(house.data_dir, "raspberry-02", "button")
        expect(page.get_by_test_id("walk-raspberry-02/button")).to_have_attribute("data-seen", "true", timeout=30_000)
        expect(page.get_by_test_id("walk-raspberry-01/button")).to_have_attribute("data-seen", "false")
        page.get_by_test_id("walk-end").click()
        page.reload()
        expect(page.get_by_test_id("walk-summary")).to_have_attribute("data-done", "2")
        assert not complaints
