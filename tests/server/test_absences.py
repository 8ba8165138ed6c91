"""A Pi or a bridge that is not heard while the site is guarded is an alert within a minute, one per absence."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.running import BOOT, Browser, FakeBridge, Server, bridge_on, running_server
from tests.waiting import wait_until_async
from vigie.testing.fake_clock import FakeClock

PI = "raspberry-01"


class House:
    """Pis and a bridge that say what real ones say every ten seconds."""

    def __init__(self, server: Server, bridge: FakeBridge, clock: FakeClock) -> None:
        self.server = server
        self.bridge = bridge
        self.clock = clock
        self.alive: list[str] = [PI]

    async def speak(self) -> None:
        assert await self.bridge.say("health", {"broker_connected": True}) == {}
        for device_id in self.alive:
            await self.bridge.heartbeat(device_id)

    async def run(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            await self.clock.advance(10)
            await self.speak()

    async def alerts(self, type_: str = "device_silent") -> list[dict[str, Any]]:
        return [alert for alert in (await self.server.get("/api/alerts"))[1]["alerts"] if alert["type"] == type_]


async def guarded(server: Server, bridge: FakeBridge, clock: FakeClock, mode: str = "surveillance") -> House:
    house = House(server, bridge, clock)
    await bridge.device_online()
    await bridge.say("mode", {"mode": mode, "stamp": [1, 0, "pi"]})
    await house.speak()
    return house


async def test_a_pi_that_is_destroyed_is_an_alert_within_a_minute(
    server: Server, bridge: FakeBridge, clock: FakeClock, browser: Browser
):
    house = await guarded(server, bridge, clock)
    await house.run(60)
    assert await house.alerts() == []
    house.alive.clear()
    heard_at = (await server.device(PI))["heartbeat_at"]
    await house.run(60)
    alert = await browser.next("alert")
    said = {name: alert[name] for name in ("device_id", "type", "sensor", "mode", "occurred_at", "state", "late")}
    assert said == {
        "device_id": PI,
        "type": "device_silent",
        "sensor": "heartbeat",
        "mode": "surveillance",
        "occurred_at": heard_at,
        "state": "open",
        "late": False,
    }
    await house.run(120)
    assert await house.alerts() == [alert]


async def test_a_last_will_is_no_sign_of_life(server: Server, bridge: FakeBridge, clock: FakeClock, browser: Browser):
    house = await guarded(server, bridge, clock)
    await house.run(60)
    house.alive.clear()
    await house.run(20)
    offline = {"state": "offline", "boot_id": BOOT, "version": "1", "capabilities": ["motion"]}
    await bridge.say("status", {"device_id": PI, "body": offline, "retained": False})
    await house.run(40)
    assert (await browser.next("alert"))["type"] == "device_silent"


async def test_the_alert_stays_when_the_pi_is_back_and_the_next_absence_is_another(
    server: Server, bridge: FakeBridge, clock: FakeClock
):
    house = await guarded(server, bridge, clock)
    await house.run(60)
    for count in (1, 2):
        house.alive.clear()
        await house.run(60)
        await until(house, count)
        house.alive.append(PI)
        await house.run(60)
    assert [alert["state"] for alert in await house.alerts()] == ["open", "open"]
    assert (await server.device(PI))["health"] == []


async def until(house: House, count: int) -> None:
    async def told() -> bool:
        return len(await house.alerts()) == count

    await wait_until_async(told, f"{count} alerts")


async def test_nobody_is_missed_while_the_site_is_not_guarded(server: Server, bridge: FakeBridge, clock: FakeClock):
    house = await guarded(server, bridge, clock, mode="active")
    house.alive.clear()
    await house.run(100)
    assert await house.alerts() == []
    await bridge.say("mode", {"mode": "night", "stamp": [2, 0, "pi"]})
    await house.run(10)
    await until(house, 1)
    assert (await house.alerts())[0]["mode"] == "night"


async def test_a_third_partys_sensor_is_not_missed(server: Server, bridge: FakeBridge, clock: FakeClock):
    house = await guarded(server, bridge, clock)
    await bridge.say("status", {"device_id": "doorbell", "body": {"state": "online"}, "retained": False})
    await house.run(100)
    assert await house.alerts() == []


async def test_a_pi_that_was_taken_away_for_good_can_be_forgotten_but_not_before_it_is_missed(
    server: Server, bridge: FakeBridge, clock: FakeClock
):
    house = await guarded(server, bridge, clock)
    await house.run(60)
    house.alive.clear()
    cleared = {"device_id": PI, "body": {}, "retained": False}
    assert await bridge.say("status", cleared) == {}
    await house.run(60)
    await until(house, 1)
    assert (await server.device(PI))["state"] == "silent"
    assert await bridge.say("status", cleared) == {}
    assert (await server.device(PI))["state"] == "unknown"
    assert [trouble["code"] for trouble in (await server.get("/api/alarm"))[1]["unknown"]] == ["no_agent"]
    await bridge.device_online()
    await bridge.heartbeat()
    assert (await server.device(PI))["state"] == "online"


@pytest.mark.parametrize("gone", ["bridge", "broker"])
async def test_a_bridge_that_is_gone_is_one_alert_and_not_one_per_pi(
    server: Server, bridge: FakeBridge, clock: FakeClock, browser: Browser, gone: str
):
    house = await guarded(server, bridge, clock)
    await house.run(60)
    if gone == "bridge":
        await bridge.vanish()
        await wait_until_async(lambda: site_says(server, "bridge", "absent"), "the server has noticed")
    else:
        await bridge.say("health", {"broker_connected": False})
    await clock.advance(50)
    alert = await browser.next("alert")
    assert (alert["type"], alert["device_id"], alert["sensor"]) == ("bridge_silent", "bridge", "heartbeat")
    await clock.advance(100)
    assert len((await server.get("/api/alerts"))[1]["alerts"]) == 1


async def site_says(server: Server, name: str, value: str) -> bool:
    return (await server.get("/api/site"))[1][name] == value


@pytest.mark.parametrize("is_acknowledged", [False, True])
async def test_a_restart_of_the_server_does_not_tell_an_absence_again(tmp_path: Path, clock: FakeClock, is_acknowledged: bool):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        house = await guarded(server, bridge, clock)
        await house.run(60)
        house.alive.clear()
        await house.run(60)
        await until(house, 1)
        if is_acknowledged:
            await server.post("/api/alerts/1/acknowledge")
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        house = House(server, bridge, clock)
        house.alive = ["raspberry-02"]
        await house.speak()
        await house.run(100)
        assert len(await house.alerts()) == 1
        house.alive = [PI]
        await house.run(60)
        house.alive = []
        await house.run(60)
        await until(house, 2)


async def test_an_absence_that_nobody_has_told_yet_is_told_after_a_restart(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        house = await guarded(server, bridge, clock)
        await house.run(20)
        heard_at = (await server.device(PI))["heartbeat_at"]
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        house = House(server, bridge, clock)
        house.alive = []
        await house.speak()
        await house.run(40)
        assert await house.alerts() == []
        await house.run(20)
        await until(house, 1)
        assert (await house.alerts())[0]["occurred_at"] == heard_at


async def test_a_server_that_is_started_again_and_again_without_a_bridge_tells_so_once(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        await guarded(server, bridge, clock)
    for _ in range(3):
        async with running_server(tmp_path, clock) as server:
            await clock.advance(50)

            async def told(server: Server = server) -> bool:
                return len((await server.get("/api/alerts"))[1]["alerts"]) > 0

            await wait_until_async(told, "an alert")
            assert [alert["type"] for alert in (await server.get("/api/alerts"))[1]["alerts"]] == ["bridge_silent"]
