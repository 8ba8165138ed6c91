"""What ails the server, its bridges and the broker: on `/api/site`, on `/healthz`, and told to open pages by itself."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.server.running import Browser, FakeBridge, Server, bridge_on
from tests.waiting import wait_until_async
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.server.app import _wire
from vigie.server.settings import ServerSettings
from vigie.server.store.database import open_database
from vigie.server.store.store import PROBE_INTERVAL_S, Store
from vigie.testing.fake_clock import FakeClock


def codes(answer: dict[str, Any]) -> list[str]:
    return [trouble["code"] for trouble in answer["health"]]


async def test_what_bridges_say_is_on_the_site_and_told_within_a_second(
    server: Server, bridge: FakeBridge, browser: Browser, clock: FakeClock
):
    said = {"spool_depth": 4321, "broker_connected": False, "faults": ["the spool's disk is full"]}
    await bridge.say("health", said)
    await clock.advance(1)
    site = await browser.next("site")
    assert codes(site) == ["broker_absent", "bridge_fault", "spool_deep"]
    assert site["health"][1]["detail"] == "the spool's disk is full"
    assert "4321" in site["health"][2]["detail"]
    assert (await server.get("/api/site"))[1] == site
    status, health = await server.get("/healthz")
    assert (status, health["status"], health["health"]) == (200, "degraded", site["health"])
    await bridge.say("health", {"spool_depth": 0, "broker_connected": True})
    await clock.advance(1)
    well = await browser.next("site", lambda told: told["health"] == [])
    assert (well["bridge"], well["broker"], well["spool_depth"]) == ("connected", "connected", 0)
    assert len(well["sensor_kinds"]) == len(SENSOR_KINDS)
    await clock.advance(60)
    assert len(browser.heard("site")) == 2


async def test_a_bridge_that_goes_and_comes_is_told(server: Server, browser: Browser, clock: FakeClock):
    assert codes((await server.get("/api/site"))[1]) == ["bridge_absent"]
    async with bridge_on(server):
        await clock.advance(1)
        await browser.next("site", lambda told: told["bridge"] == "connected" and told["health"] == [])

    async def is_told() -> bool:
        await clock.advance(1)
        return browser.heard("site")[-1]["bridge"] == "absent"

    await wait_until_async(is_told, "the page knows that the bridge is gone")


class Silent:
    """Socket.IO with nobody connected."""

    def register_namespace(self, _namespace: object) -> None:
        pass


async def test_a_database_that_refuses_is_said_with_its_reason_and_found_well_again_without_a_request(
    tmp_path: Path, clock: FakeClock
):
    store = Store(open_database(f"sqlite:///{tmp_path / 'vigie.db'}"))
    parts = _wire(store, Silent(), clock, ServerSettings(data_dir=tmp_path))
    await store.write(lambda connection: connection.execute(text("ALTER TABLE site RENAME TO hidden")))
    probing = asyncio.create_task(store.probe_for_ever(clock))
    await wait_until_async(lambda: store.failing, "the first probe failed")
    [failing, _] = parts.site.site().health
    assert (failing.code, "no such table: site" in failing.detail) == ("database_failing", True)
    await store.write(lambda connection: connection.execute(text("ALTER TABLE hidden RENAME TO site")))
    store.failing = "still thought so"

    async def is_well() -> bool:
        await clock.advance(PROBE_INTERVAL_S)
        return store.failing is None

    await wait_until_async(is_well, "the probe succeeds")
    assert [trouble.code for trouble in parts.site.site().health] == ["bridge_absent"]
    probing.cancel()
    await store.close()
