"""What stands in the way of another mode: whoever lessens the guard must be known, and what guards must be closed."""

import pytest

from vigie.domain.arming import OpenZone, needs_pin, open_zones, without
from vigie.domain.mode import bypass_after, next_record
from vigie.protocol.alarm import AlarmState, Stage, ZoneState, ZoneType
from vigie.protocol.states import Mode, ModeRecord
from vigie.protocol.times import from_unix_ms

ACTIVE, SURVEILLANCE, NIGHT = Mode.ACTIVE, Mode.SURVEILLANCE, Mode.NIGHT
NOW = from_unix_ms(1_795_461_252_123)


@pytest.mark.parametrize(
    ("current", "wanted", "needed"),
    [
        (ACTIVE, ACTIVE, True),
        (SURVEILLANCE, ACTIVE, True),
        (NIGHT, ACTIVE, True),
        (SURVEILLANCE, NIGHT, True),
        (ACTIVE, SURVEILLANCE, False),
        (ACTIVE, NIGHT, False),
        (NIGHT, SURVEILLANCE, True),
        (SURVEILLANCE, SURVEILLANCE, False),
        (NIGHT, NIGHT, False),
    ],
)
def test_which_changes_need_a_pin(current: Mode, wanted: Mode, needed: bool):
    assert needs_pin(current, wanted) is needed


def test_arming_again_without_a_zone_that_guards_needs_a_pin():
    assert needs_pin(SURVEILLANCE, SURVEILLANCE, bypasses_more=True)
    assert needs_pin(NIGHT, NIGHT, bypasses_more=True)
    assert not needs_pin(ACTIVE, SURVEILLANCE, bypasses_more=True)


def zone(sensor: str, *modes: Mode, **changes: object) -> ZoneState:
    values = {"sensor": sensor, "kind": "button", "type": ZoneType.INSTANT, "modes": modes, "open": True, **changes}
    return ZoneState.model_validate(values)


def site(*zones: ZoneState, device_id: str = "raspberry-01") -> dict[str, AlarmState]:
    return {device_id: AlarmState(state=Stage.DISARMED, mode=ACTIVE, zones=zones)}


def test_an_open_zone_that_would_guard_stands_in_the_way():
    states = site(zone("button", SURVEILLANCE, NIGHT, location="entrance"), device_id="raspberry-02") | site(
        zone("window", SURVEILLANCE), zone("cellar", SURVEILLANCE)
    )
    assert open_zones(states, SURVEILLANCE) == [
        OpenZone("raspberry-01/cellar"),
        OpenZone("raspberry-01/window"),
        OpenZone("raspberry-02/button", "entrance"),
    ]
    assert open_zones(states, NIGHT) == [OpenZone("raspberry-02/button", "entrance")]
    assert open_zones(states, ACTIVE) == []


@pytest.mark.parametrize(
    "harmless",
    [
        zone("button", SURVEILLANCE, open=False),
        zone("button", SURVEILLANCE, open=None),
        zone("motion", SURVEILLANCE, self_closing=True),
        zone("button", NIGHT),
    ],
    ids=["closed", "not known", "a PIR", "of another mode"],
)
def test_what_never_stands_in_the_way(harmless: ZoneState):
    assert open_zones(site(harmless), SURVEILLANCE) == []


def test_a_24_hour_zone_guards_in_every_mode():
    water = zone("water", type=ZoneType.ALWAYS)
    assert [str(found) for found in open_zones(site(water), NIGHT)] == ["raspberry-01/water"]


def test_a_bypassed_zone_does_not_stand_in_the_way():
    zones = [OpenZone("raspberry-01/button", "entrance"), OpenZone("raspberry-01/window")]
    assert without(zones, ("raspberry-01/button",)) == [OpenZone("raspberry-01/window")]
    assert str(zones[0]) == "raspberry-01/button (entrance)"


def test_a_bypass_lasts_until_the_site_is_disarmed():
    away = ModeRecord(mode=SURVEILLANCE, bypass=("raspberry-01/button",))
    assert bypass_after(away, NIGHT, ["raspberry-02/window"]) == ("raspberry-02/window", "raspberry-01/button")
    assert bypass_after(away, ACTIVE, ["raspberry-02/window"]) == ()
    forgotten = ModeRecord(mode=ACTIVE, bypass=("raspberry-01/button",))
    assert bypass_after(forgotten, SURVEILLANCE, []) == ()
    assert len(bypass_after(away, NIGHT, [f"raspberry-01/zone-{number}" for number in range(150)])) == 100


def test_a_record_says_who_changed_it_from_where_and_without_what():
    record = next_record(
        ModeRecord(mode=ACTIVE),
        NIGHT,
        writer="w",
        changed_by="a" * 80,
        now=NOW,
        changed_from="cli hub",
        bypass=["raspberry-01/button"],
    )
    assert (record.changed_by, record.changed_from, record.bypass) == ("a" * 64, "cli hub", ("raspberry-01/button",))
