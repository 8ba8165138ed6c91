"""Whatever dies or hangs while the page is open, its shield never claims what nobody knows."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.e2e.browser import dashboard
from tests.e2e.guarded_house import a_house, becomes, shield
from tests.house import RunningHouse


def test_the_shield_is_grey_while_any_part_is_dead(tmp_path):
    deaths = [
        ("server", "surveillance", 10.0),
        ("bridge", "active", 10.0),
        ("mosquitto", "surveillance", 10.0),
        ("raspberry-02", "active", 30.0),
        ("raspberry-02", "surveillance", 30.0),
    ]
    with a_house(tmp_path) as house, dashboard(house.url) as (page, complaints):
        complaints.outage_expected = True
        for part, mode, grace_s in deaths:
            house.put("/api/mode", {"mode": mode})
            becomes(page, "disarmed" if mode == "active" else "armed", within_s=60.0)
            with kept_dead(house, part):
                becomes(page, "unknown", within_s=grace_s)
                assert colour(page) == grey(page), part
                expect(page.get_by_test_id("mode-pill")).to_have_attribute("data-state", "unknown")
                expect(page.get_by_test_id("mode-control")).to_have_attribute("data-doubt", re.compile("."))
                stays_unknown(page, part)
            becomes(page, "disarmed" if mode == "active" else "armed", within_s=60.0)
        assert not complaints


def test_the_shield_is_grey_while_a_part_hangs(tmp_path):
    with a_house(tmp_path) as house, dashboard(house.url) as (page, complaints):
        complaints.outage_expected = True
        for part, grace_s in [("server", 12.0), ("raspberry-02", 35.0)]:
            becomes(page, "disarmed", within_s=60.0)
            house.send(signal.SIGSTOP, part)
            becomes(page, "unknown", within_s=grace_s)
            stays_unknown(page, part)
            house.send(signal.SIGCONT, part)
        becomes(page, "disarmed", within_s=60.0)


@contextmanager
def kept_dead(house: RunningHouse, part: str) -> Iterator[None]:
    """One program killed, and nobody there to start it again before the end of the block."""
    os.kill(house.process.pid, signal.SIGSTOP)
    try:
        house.kill(part)
        yield
    finally:
        os.kill(house.process.pid, signal.SIGCONT)


def stays_unknown(page: Page, part: str) -> None:
    """Over three more rounds of asking the server, whatever becomes of them, the shield never claims anything."""
    page.evaluate(
        """() => {
            const shield = document.querySelector("[data-testid=shield]");
            window.claimed = [];
            window.watching = new MutationObserver(() => window.claimed.push(shield.dataset.state));
            window.watching.observe(shield, { attributes: true, attributeFilter: ["data-state"] });
        }"""
    )
    for _ in range(3):
        page.wait_for_event("request", lambda request: request.url.endswith("/api/alarm"), timeout=20_000)
    claimed = page.evaluate("() => { window.watching.disconnect(); return window.claimed; }")
    assert set(claimed) <= {"unknown"}, part
    expect(shield(page)).to_have_attribute("data-state", "unknown")


def colour(page: Page) -> str:
    return shield(page).evaluate("shield => getComputedStyle(shield).color")


def grey(page: Page) -> str:
    return shield(page).evaluate(
        """shield => {
            const probe = shield.appendChild(document.createElement("i"));
            probe.style.color = "var(--grey)";
            const colour = getComputedStyle(probe).color;
            probe.remove();
            return colour;
        }"""
    )
