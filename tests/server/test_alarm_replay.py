"""`POST /api/alarm/replay`: what other filters would have made of the stored history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.running import Server, event
from vigie.protocol.times import iso_ms
from vigie.server.store import happenings

SEVEN = datetime(2026, 11, 23, 19, tzinfo=UTC)
HOUR = {"device_id": "raspberry-01", "sensor": "motion", "since": iso_ms(SEVEN), "until": iso_ms(SEVEN + timedelta(hours=1))}


def at(second: float) -> str:
    return iso_ms(SEVEN + timedelta(seconds=second))


def happened(seq: int, second: float, type_: str = "motion_detected", mode: str | None = None, **changes: Any) -> dict[str, Any]:
    made = event(seq, type=type_, occurred_at=at(second), sensor="button" if type_.startswith("button") else "motion", **changes)
    if mode is not None:
        outcome = "not_guarded" if mode == "active" else "alarm"
        made["details"] = made["details"] | {"decision": {"outcome": outcome, "alert": False, "mode": mode}}
    return made


async def replayed(server: Server, **changes: Any) -> dict[str, Any]:
    status, answer = await server.post("/api/alarm/replay", HOUR | changes)
    assert status == 200, answer
    return answer


async def test_two_pulses_instead_of_one(server: Server):
    times = [0, 4, 100, 300, 303]
    await server.post("/api/events", [happened(seq, second) for seq, second in enumerate(times, 1)])
    assert await replayed(server, zone={"pulses": 2, "pulses_within_s": 10}) == {
        "with": {"trips": 2, "at": [at(4), at(303)]},
        "without": {"trips": 5, "at": [at(second) for second in times]},
        "detections": 5,
        "truncated": False,
    }


async def test_a_detection_that_did_not_last_is_filtered(server: Server):
    said = [(0, "detected"), (2, "ended"), (10, "detected"), (20, "ended")]
    await server.post("/api/events", [happened(seq, second, f"motion_{word}") for seq, (second, word) in enumerate(said, 1)])
    assert (await replayed(server, zone={"hold_s": 5}))["with"] == {"trips": 1, "at": [at(15)]}


@pytest.mark.parametrize("name", ["button", "raspberry-01/button"])
async def test_another_sensor_confirms(server: Server, name: str):
    await server.post("/api/events", [happened(1, 0), happened(2, 10, "button_pressed"), happened(3, 12, "button_released")])
    await server.post("/api/events", [happened(4, 1000)])
    assert (await replayed(server, zone={"confirm_by": [name]}))["with"] == {"trips": 1, "at": [at(10)]}


async def test_a_sensor_of_another_pi_confirms(server: Server):
    other = happened(1, 5, device_id="raspberry-02", id="other", stream_id="s2")
    await server.post("/api/events", [happened(1, 0), other])
    assert (await replayed(server, zone={"confirm_by": ["raspberry-02/motion"]}))["with"]["at"] == [at(5)]


async def test_only_the_modes_that_are_asked_for_count(server: Server):
    modes = ["active", "night", "surveillance", None]
    await server.post("/api/events", [happened(seq, seq * 60, mode=mode) for seq, mode in enumerate(modes, 1)])
    assert (await replayed(server))["detections"] == 4
    answer = await replayed(server, modes=["surveillance"])
    assert (answer["detections"], answer["without"]["at"]) == (1, [at(180)])


async def test_events_count_at_the_time_when_they_happened_in_whatever_order_they_came(server: Server):
    await server.post("/api/events", [happened(2, 4, late=True), happened(3, 3601), happened(4, -1)])
    await server.post("/api/events", [happened(1, 0)])
    assert (await replayed(server, zone={"pulses": 2}))["with"] == {"trips": 1, "at": [at(4)]}


async def test_of_too_many_events_the_oldest_are_left_out_and_it_says_so(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(happenings, "MAX_EVENTS", 10)
    mats = [happened(100 + seq, seq, "button_pressed") for seq in range(5)]
    await server.post("/api/events", [happened(seq, 100 + seq) for seq in range(1, 9)] + mats)
    answer = await replayed(server, zone={"confirm_by": ["button"]})
    assert (answer["detections"], answer["truncated"]) == (8, True)
    assert (await replayed(server))["truncated"] is False


async def test_at_most_five_hundred_times_are_listed_the_newest(server: Server):
    await server.post("/api/events", [happened(seq, seq) for seq in range(1, 701)])
    without = (await replayed(server))["without"]
    assert (without["trips"], len(without["at"]), without["at"][-1]) == (700, 500, at(700))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"until": iso_ms(SEVEN)}, "until"),
        ({"until": iso_ms(SEVEN + timedelta(days=63))}, "62 days"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-11-23T19:00:00"}, "since"),
        ({"sensor": "../x"}, "sensor"),
        ({"modes": ["party"]}, "modes"),
        ({"zone": {"pulses": 0}}, "pulses"),
        ({"zone": {"hold_s": -1}}, "hold_s"),
        ({"zone": {"confirm_by": ["a/b/c"]}}, "confirm_by"),
        ({"zone": {"confirm_by": ["x"] * 21}}, "confirm_by"),
    ],
)
async def test_what_cannot_be_asked_is_a_422_that_says_where(server: Server, wrong: dict[str, Any], where: str):
    await server.post("/api/events", happened(1, 0))
    status, problem = await server.post("/api/alarm/replay", HOUR | wrong)
    assert (status, where in problem["detail"]) == (422, True), problem


async def test_of_a_device_that_nobody_knows_there_is_no_history(server: Server):
    assert (await server.post("/api/alarm/replay", HOUR))[0] == 404
