"""What `states/{device}/alarm` shows: stage, times, and for each zone whether it guards and why not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from vigie.agent.alarm_board import AlarmBoard
from vigie.agent.health import WallClock
from vigie.agent.sensors import resolve
from vigie.agent.settings import SensorSettings
from vigie.domain.alarm_model import AlarmConfig, AlarmState, Cause, Zone, ZoneStatus
from vigie.domain.zone import Filters
from vigie.protocol.alarm import AlarmState as Shown
from vigie.protocol.alarm import Stage, ZoneType
from vigie.protocol.states import Mode

ZONES = (
    Zone(sensor="door", type=ZoneType.DELAYED, modes=frozenset({Mode.SURVEILLANCE}), preset="door"),
    Zone(sensor="motion", type=ZoneType.FOLLOWER),
    Zone(sensor="water", type=ZoneType.ALWAYS),
)
KINDS = {"door": "button", "motion": None, "water": None}


class Board:
    def __init__(self, clock, *zones, synced=True, **config):
        self.clock, self.synced = clock, synced
        self.wall = WallClock(clock, lambda: self.synced)
        sensors = {
            zone.sensor: resolve(zone.sensor, SensorSettings(pin=5, kind=KINDS.get(zone.sensor), location="entrance"))
            for zone in zones
        }
        self.board = AlarmBoard(sensors, AlarmConfig(zones={zone.sensor: zone for zone in zones}, **config), self.wall)

    def show(self, state):
        body = self.board.body(state, self.clock.monotonic())
        assert Shown.model_validate(body).model_dump(mode="json") == body
        return body


def guarding(stage=Stage.ARMED, mode=Mode.SURVEILLANCE, since=0.0, **zones):
    return AlarmState(stage=stage, mode=mode, since=since, zones={name: ZoneStatus(**status) for name, status in zones.items()})


def zones_that_guard(body):
    return [zone["sensor"] for zone in body["zones"] if zone["guards"]]


@pytest.mark.parametrize(
    ("stage", "mode", "guards"),
    [
        (Stage.DISARMED, Mode.ACTIVE, ["water"]),
        (Stage.ARMING, Mode.SURVEILLANCE, ["water"]),
        (Stage.ARMED, Mode.SURVEILLANCE, ["door", "motion", "water"]),
        (Stage.PENDING, Mode.SURVEILLANCE, ["door", "motion", "water"]),
        (Stage.TRIGGERED, Mode.SURVEILLANCE, ["door", "motion", "water"]),
        (Stage.ARMED, Mode.NIGHT, ["motion", "water"]),
    ],
)
def test_which_zones_guard_follows_from_stage_and_mode(clock, stage, mode, guards):
    body = Board(clock, *ZONES).show(guarding(stage, mode))
    assert (body["state"], body["mode"]) == (stage, mode)
    assert zones_that_guard(body) == guards


def test_a_zone_that_was_open_or_is_bypassed_does_not_guard_and_says_which(clock):
    state = replace(guarding(door={"is_open": True, "must_close": True}), bypass=frozenset({"motion", "water"}))
    body = Board(clock, *ZONES).show(state)
    door, motion, water = body["zones"]
    assert (door["open"], door["must_close"], door["bypassed"], door["guards"]) == (True, True, False, False)
    assert (motion["open"], motion["must_close"], motion["bypassed"], motion["guards"]) == (None, False, True, False)
    assert (water["bypassed"], water["guards"]) == (False, True), "what guards always cannot be bypassed"


def test_a_zone_says_what_it_is(clock):
    body = Board(clock, *ZONES).show(guarding())
    assert [(zone["type"], zone["kind"], zone["self_closing"], zone["preset"]) for zone in body["zones"]] == [
        ("delayed", "button", False, "door"),
        ("follower", "motion", True, None),
        ("always", "water", False, None),
    ]
    assert [zone["modes"] for zone in body["zones"]] == [
        ["surveillance"],
        ["surveillance", "night"],
        ["active", "surveillance", "night"],
    ]
    assert {zone["location"] for zone in body["zones"]} == {"entrance"}


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (Filters(), {}),
        (Filters(hold_s=1), {"hold_s": 1}),
        (Filters(pulses=2), {"pulses": 2, "pulses_within_s": 10.0}),
        (Filters(cooldown_s=60), {"cooldown_s": 60}),
        (Filters(confirm_by=("pi/door",), confirm_within_s=5), {"confirm_by": ["pi/door"], "confirm_within_s": 5}),
    ],
)
def test_only_filters_that_are_in_use_are_shown(clock, filters, shown):
    (zone,) = Board(clock, Zone(sensor="motion", filters=filters)).show(guarding())["zones"]
    assert zone["filters"] == shown


def test_a_delay_says_when_it_ends_and_whose_it_is_and_does_not_change_from_look_to_look(clock):
    here = Board(clock, *ZONES, entry_delay_s=30.0, exit_delay_s={Mode.SURVEILLANCE: 45.0})
    now = clock.monotonic()
    cause = Cause(zone="door", event_id="an-id", event_type="button_pressed")
    state = replace(guarding(Stage.PENDING, since=now - 2), deadline=now + 28, delay_s=30.0, cause=cause)
    body = here.show(state)
    assert (body["zone"], body["cause"], body["remaining_s"]) == ("door", "an-id", 28.0)
    assert (body["entry_delay_s"], body["exit_delay_s"]) == (30.0, 45.0)
    assert datetime.fromisoformat(body["since"]) == clock.now() - timedelta(seconds=2)
    assert datetime.fromisoformat(body["until"]) == clock.now() + timedelta(seconds=28)
    clock.turn(3)
    clock.set_wall(clock.now() + timedelta(milliseconds=7))  # NTP slews
    assert here.show(state) == body
    assert here.show(replace(state, deadline=now + 60))["remaining_s"] == 57.0


def test_a_stage_without_an_end_has_none(clock):
    body = Board(clock, *ZONES).show(guarding())
    assert (body["until"], body["remaining_s"], body["zone"], body["cause"]) == (None, None, None, None)


def test_wall_times_are_there_as_soon_as_the_time_is_known(clock):
    here = Board(clock, *ZONES, synced=False)
    state = guarding(since=clock.monotonic())
    assert here.show(state)["since"] is None
    here.synced = True
    assert datetime.fromisoformat(here.show(state)["since"]) == clock.now()
