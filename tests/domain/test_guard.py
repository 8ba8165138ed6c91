"""The alarm of the site: the gravest of what is known, and every way in which it must not say that all is well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.guard import Now, Said, Site, read_alarm, site_alarm
from vigie.protocol.alarm import AlarmState, Stage, ZoneState, ZoneType
from vigie.protocol.states import Mode

SEVEN = datetime(2026, 11, 23, 19, tzinfo=UTC)
NOW = Now(SEVEN, 1000.0)
SURVEILLANCE, NIGHT = Mode.SURVEILLANCE, Mode.NIGHT


def alarm(state: str = "armed", mode: Mode = SURVEILLANCE, **more: Any) -> AlarmState:
    return AlarmState(state=Stage(state), mode=mode, **more)


def zone(sensor: str, **more: Any) -> ZoneState:
    return ZoneState(**{"sensor": sensor, "kind": "button", "type": ZoneType.INSTANT, "modes": (SURVEILLANCE,), **more})


def said(device_id: str = "pi-1", state: str = "armed", condition: str = "online", **more: Any) -> Said:
    return Said(device_id=device_id, condition=condition, alarm=alarm(state, **more), at=NOW.monotonic)


ARMED = Site(mode=SURVEILLANCE, has_bridge=True, has_broker=True, said=(said("pi-1"), said("pi-2")))


def lame(*faults: str) -> Said:
    return replace(said(), faults=faults)


def of(*all_said: Said, **changes: Any) -> Site:
    return replace(ARMED, said=all_said, **changes)


def test_a_site_of_which_all_is_known_and_well_is_watched():
    found = site_alarm(ARMED, NOW)
    assert (found.state, found.watching, found.doubts) == ("armed", True, ())


def test_a_disarmed_site_can_be_watched_too():
    found = site_alarm(of(said(state="disarmed", mode=Mode.ACTIVE), mode=Mode.ACTIVE), NOW)
    assert (found.state, found.watching) == ("disarmed", True)


def test_a_fault_with_which_a_pi_still_guards_is_no_doubt():
    assert site_alarm(of(lame("stuck:motion", "task:memory")), NOW).watching


@pytest.mark.parametrize(
    ("site", "state", "codes"),
    [
        (replace(ARMED, has_bridge=False), "unknown", ["bridge_absent"]),
        (replace(ARMED, has_broker=False), "unknown", ["broker_absent"]),
        (replace(ARMED, has_broker=None), "unknown", ["broker_absent"]),
        (replace(ARMED, mode=None), "unknown", ["mode_unknown"]),
        (of(), "unknown", ["no_agent"]),
        (of(said(condition="silent")), "unknown", ["silent"]),
        (of(said(condition="offline")), "unknown", ["offline"]),
        (of(lame("task:alarm", "stuck:motion")), "armed", ["agent_lame"]),
        (of(lame("task:inputs")), "armed", ["agent_lame"]),
        (of(said(), said("pi-2", condition="silent")), "armed", ["silent"]),
        (of(said(), said("pi-2", condition="offline")), "armed", ["offline"]),
        (of(said(), said("pi-2", mode=NIGHT)), "armed", ["mode_differs"]),
        (of(said(), said("pi-2", state="disarmed", mode=Mode.ACTIVE)), "armed", ["mode_differs"]),
        (of(said(), Said(device_id="pi-2", condition="online")), "armed", ["alarm_unknown"]),
        (of(Said(device_id="pi-1", condition="online")), "unknown", ["alarm_unknown"]),
        (of(said(condition="silent", mode=NIGHT)), "unknown", ["silent", "mode_differs"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)
def test_whatever_is_not_known_to_be_well_is_not_watched_and_says_why(site, state, codes):
    found = site_alarm(site, NOW)
    assert (found.state, found.watching, [doubt.code for doubt in found.doubts]) == (state, False, codes)


CONDITIONS = st.sampled_from(["online", "silent", "offline"])
ALARMS = st.none() | st.builds(alarm, st.sampled_from([stage.value for stage in Stage]), st.sampled_from(Mode))
SAID = st.lists(
    st.builds(Said, device_id=st.sampled_from(["pi-1", "pi-2", "pi-3"]), condition=CONDITIONS, alarm=ALARMS), max_size=3
)


@given(st.none() | st.sampled_from(Mode), st.booleans(), st.none() | st.booleans(), SAID)
def test_watched_means_that_every_pi_is_heard_and_guards_in_the_sites_mode(mode, has_bridge, has_broker, all_said):
    site = Site(mode=mode, has_bridge=has_bridge, has_broker=has_broker, said=tuple(all_said))
    found = site_alarm(site, NOW)
    is_well = all(said.condition == "online" and said.alarm is not None and said.alarm.mode is mode for said in all_said)
    assert found.watching == bool(has_bridge and has_broker and mode is not None and all_said and is_well)
    assert found.watching == (not found.doubts)
    if found.state == "armed":
        assert any(said.condition == "online" and said.alarm is not None and said.alarm.state is Stage.ARMED for said in all_said)


@pytest.mark.parametrize(
    ("states", "gravest"),
    [
        (["armed", "disarmed"], "armed"),
        (["armed", "arming"], "arming"),
        (["arming", "pending"], "pending"),
        (["pending", "triggered", "armed"], "triggered"),
    ],
)
def test_the_state_is_the_gravest(states, gravest):
    all_said = (said(f"pi-{number}", state) for number, state in enumerate(states))
    assert site_alarm(of(*all_said), NOW).state == gravest


def test_an_alarm_of_a_pi_that_vanished_since_is_still_one_until_its_time_is_over():
    gone = said("pi-2", "triggered", "silent", remaining_s=60.0)
    assert site_alarm(of(said(), gone), NOW).state == "triggered"
    assert site_alarm(of(said(), gone), replace(NOW, monotonic=1061.0)).state == "armed"
    assert site_alarm(of(said(), said("pi-2", "triggered", "silent", mode=NIGHT)), NOW).state == "armed"


def test_a_countdown_goes_by_the_wall_time_that_the_pi_gave():
    waiting = said(state="pending", until=SEVEN + timedelta(seconds=30), remaining_s=99.0)
    assert site_alarm(of(waiting), NOW).remaining_s == 30.0
    later = Now(SEVEN + timedelta(seconds=31), 1031.0)
    assert (site_alarm(of(waiting), later).remaining_s, site_alarm(of(waiting), later).state) == (0.0, "pending")


def test_where_the_pi_has_no_clock_a_countdown_goes_from_its_arrival():
    waiting = said(state="pending", remaining_s=30.0)
    found = site_alarm(of(waiting), Now(SEVEN + timedelta(days=9), 1010.0))
    assert (found.remaining_s, found.until, found.devices[0].remaining_s) == (20.0, None, 20.0)


def test_what_came_from_memory_has_no_countdown():
    waiting = replace(said(state="pending", remaining_s=30.0), at=None)
    assert site_alarm(of(waiting), NOW).remaining_s is None


@pytest.mark.parametrize(("state", "remaining_s"), [("pending", 5.0), ("arming", 20.0), ("triggered", 20.0)])
def test_the_site_counts_down_to_the_first_alarm_and_to_the_last_that_is_armed(state, remaining_s):
    all_said = [said(f"pi-{number}", state, remaining_s=left) for number, left in enumerate((20.0, 5.0))]
    assert site_alarm(of(*all_said, said("pi-9", "armed")), NOW).remaining_s == remaining_s


def test_open_zones_stand_in_the_way_of_the_modes_in_which_they_guard():
    zones = (
        zone("mat", open=True, modes=(SURVEILLANCE, NIGHT)),
        zone("door", open=True),
        zone("shut", open=False),
        zone("unknown", open=None),
        zone("pir", open=True, self_closing=True),
        zone("water", open=True, type=ZoneType.ALWAYS, modes=()),
    )
    found = site_alarm(of(said(zones=zones)), NOW)
    assert found.open == {"surveillance": ("pi-1/door", "pi-1/mat", "pi-1/water"), "night": ("pi-1/mat", "pi-1/water")}
    assert [(shown.device_id, shown.zone.sensor) for shown in found.zones][:2] == [("pi-1", "mat"), ("pi-1", "door")]


def test_of_a_pi_that_is_not_heard_nobody_knows_what_is_open_now_and_what_was_stands_in_the_way():
    found = site_alarm(of(said(condition="silent", zones=(zone("mat", open=True),))), NOW)
    assert (found.zones[0].zone.open, found.open["surveillance"]) == (None, ("pi-1/mat",))


@pytest.mark.parametrize(
    "body", [None, {}, {"state": "armed"}, {"state": "party", "mode": "night"}, {"state": [], "mode": "night"}]
)
def test_what_is_no_state_of_an_alarm_is_none(body):
    assert read_alarm(body) is None
