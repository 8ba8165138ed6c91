"""The Pi's own decision opens the alert; the server's copy of the mode judges only what comes without one."""

from typing import Any

import pytest

from tests.server.running import Browser, Server, event

pytestmark = pytest.mark.usefixtures("bridge")


def decided(seq: int, outcome: str, mode: str = "surveillance", **changes: Any) -> dict[str, Any]:
    """A detection as a Pi sends it that decides for its zones."""
    made = event(seq, **changes)
    decision = {"outcome": outcome, "alert": outcome == "alarm", "zone": "motion", "mode": mode, "state": "armed"}
    return made | {"details": made["details"] | {"decision": decision}}


async def alerts(server: Server) -> list[dict[str, Any]]:
    return (await server.get("/api/alerts"))[1]["alerts"]


async def test_an_alarm_on_a_pi_is_an_alert_whatever_mode_the_server_believes_in(server: Server, browser: Browser):
    assert (await server.get("/api/mode"))[1]["known"] is False
    await server.post("/api/events", [decided(1, "alarm", "night"), decided(2, "counting"), decided(3, "not_guarded", "active")])
    [alert] = await alerts(server)
    assert (alert["event_id"], alert["mode"], alert["sensor"]) == ("event-1", "night", "motion")
    assert await browser.next("alert") == alert


async def test_what_a_pi_did_not_alarm_for_is_no_alert_in_a_guarded_site(server: Server):
    await server.put("/api/mode", {"mode": "surveillance"})
    await server.post("/api/events", [decided(1, "cooldown"), decided(2, "unconfirmed"), event(3), event()])
    assert [alert["event_id"] for alert in await alerts(server)] == ["event-third-party", "event-3"]


async def test_an_alert_follows_the_mode_in_which_it_happened_however_late_it_arrives(server: Server):
    await server.put("/api/mode", {"mode": "active"})
    await server.post("/api/events", [decided(1, "alarm", late=True)])
    [alert] = await alerts(server)
    assert (alert["mode"], alert["late"]) == ("surveillance", True)


async def test_what_was_decided_later_is_an_alert_of_its_zone(server: Server):
    details = {
        "state": "triggered",
        "previous": "pending",
        "reason": "entry_delay_over",
        "mode": "surveillance",
        "zone": "mat-hall",
    }
    later = decided(2, "alarm", type="alarm", sensor="alarm")
    later["details"] = later["details"] | details | {"cause": "event-1", "cause_type": "button_pressed"}
    await server.post("/api/events", [decided(1, "entry_delay"), later])
    [alert] = await alerts(server)
    said = {name: alert[name] for name in ("event_id", "sensor", "type", "location", "mode")}
    assert said == {
        "event_id": "event-2",
        "sensor": "mat-hall",
        "type": "button_pressed",
        "location": "entrance",
        "mode": "surveillance",
    }


async def test_the_same_alarm_again_is_the_same_alert(server: Server):
    for _ in range(2):
        await server.post("/api/events", [decided(1, "alarm")])
    assert len(await alerts(server)) == 1


@pytest.mark.parametrize("decision", ["alarm", [], {"alert": "yes"}, {"alert": True, "mode": 7}])
async def test_a_decision_of_any_shape_is_stored(server: Server, decision: Any):
    made = event(1)
    status, _ = await server.post("/api/events", made | {"details": made["details"] | {"decision": decision}})
    assert status == 201
    assert len(await alerts(server)) == (1 if isinstance(decision, dict) and decision["alert"] is True else 0)
