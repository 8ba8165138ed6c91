"""Arming while a zone is open: it is named, and has to be bypassed by name."""

from typing import Any

import pytest

from tests.server.running import FakeBridge, Server


def zone(sensor: str, **changes: Any) -> dict[str, Any]:
    modes = ["surveillance", "night"]
    return {"sensor": sensor, "kind": "button", "type": "instant", "modes": modes, "open": True, "location": "hall", **changes}


async def show(bridge: FakeBridge, *zones: dict[str, Any], device_id: str = "raspberry-01") -> None:
    body = {"state": "disarmed", "mode": "active", "zones": zones}
    assert await bridge.say("state", {"device_id": device_id, "part": "alarm", "body": body, "retained": True}) == {}


async def arm(server: Server, mode: str = "surveillance", *bypass: str) -> tuple[int, Any]:
    return await server.put("/api/mode", {"mode": mode, "bypass": list(bypass)})


async def test_open_zones_are_listed_and_nothing_changes(server: Server, bridge: FakeBridge):
    await show(bridge, zone("button"), zone("motion", self_closing=True), zone("window", open=False))
    await show(bridge, zone("cellar", location=""), device_id="raspberry-02")
    status, problem = await arm(server)
    assert (status, problem["code"]) == (409, "zones_open")
    assert [(fault["zone"], fault["location"]) for fault in problem["errors"]] == [
        ("raspberry-01/button", "hall"),
        ("raspberry-02/cellar", ""),
    ]
    assert bridge.modes == []
    assert (await arm(server, "surveillance", "raspberry-01/button"))[1]["errors"][0]["zone"] == "raspberry-02/cellar"


async def test_a_bypassed_zone_is_in_the_record_until_the_site_is_disarmed(server: Server, bridge: FakeBridge):
    await show(bridge, zone("button"))
    status, state = await arm(server, "surveillance", "raspberry-01/button")
    assert (status, state["bypass"]) == (200, ["raspberry-01/button"])
    assert bridge.modes[-1]["bypass"] == ["raspberry-01/button"]
    assert (await arm(server, "night"))[1]["bypass"] == ["raspberry-01/button"]
    assert (await arm(server, "active", "raspberry-01/button"))[1]["bypass"] == []
    assert (await arm(server, "night"))[0] == 409


@pytest.mark.parametrize("body", [{"zones": "all"}, {"state": "asleep"}, {"zones": [{"sensor": 7}]}, {"mode": None}])
async def test_a_state_that_makes_no_sense_stands_in_nobodys_way(server: Server, bridge: FakeBridge, body: dict[str, Any]):
    assert await bridge.say("state", {"device_id": "esp32", "part": "alarm", "body": body, "retained": True}) == {}
    await show(bridge, zone("button", open=False))
    assert (await arm(server))[0] == 200


async def test_what_is_no_zone_is_a_422(server: Server, bridge: FakeBridge):
    for bypass in ["raspberry-01/button", ["raspberry-01"], ["a/b/c"], [7], [None], {"a": 1}, ["raspberry-01/button"] * 101]:
        status, _ = await server.put("/api/mode", {"mode": "night", "bypass": bypass})
        assert status == 422, bypass
    assert bridge.modes == []
