"""A key switch and a button that arm: what turning and pressing mean, and that how they stand at a start means nothing."""

import asyncio

import pytest

from tests.agent.alarms import DEVICE
from tests.agent.arrivals import Doubts
from vigie.agent.alarm_settings import ArmingSettings
from vigie.agent.arming import ArmingSwitch
from vigie.agent.health import WallClock
from vigie.agent.inputs import MAX_EDGES_PER_S, STORM_PAUSE_S
from vigie.agent.mode import ModeKeeper
from vigie.agent.pins import mock_factory
from vigie.protocol.states import Mode

PIN = 6
SETTLED_S = 0.2


class Panel:
    """A switch on a mock pin: on is low. Its resistor is an outer one, for a mock pin goes where its own pull pulls it."""

    def __init__(self, event_log, clock, faults, *, is_on=False, before=Mode.ACTIVE, **settings):
        factory = mock_factory()
        self.clock = clock
        self.pin = factory.pin(PIN)
        (self.pin.drive_low if is_on else self.pin.drive_high)()
        self.mode = ModeKeeper(DEVICE, event_log, WallClock(clock, lambda: True), clock, arrivals=Doubts(), saved=None)
        if before is not Mode.ACTIVE:
            self.mode.set(before, changed_by="ann", changed_from="page")
        self.changes = []
        self.mode.on_change = lambda record, _is_live: self.changes.append(record)
        wiring = ArmingSettings(**{"pin": PIN, "pull": "none", "active_high": False, **settings})
        switch = ArmingSwitch(wiring, DEVICE, self.mode, factory=factory, clock=clock, faults=faults)
        switch.start()
        self.inputs = switch.inputs
        self.task = asyncio.create_task(self.inputs.run())

    async def turn(self, is_on):
        (self.pin.drive_low if is_on else self.pin.drive_high)()
        await self.clock.advance(SETTLED_S)
        return self.mode.record.mode

    async def press(self):
        await self.turn(True)
        return await self.turn(False)


@pytest.fixture
async def panel(event_log, clock, faults):
    made = []

    async def make(**options):
        made.append(Panel(event_log, clock, faults, **options))
        await clock.advance(SETTLED_S)
        return made[-1]

    yield make
    for one in made:
        one.task.cancel()
        one.inputs.close()


@pytest.mark.parametrize("kind", ["key_switch", "button"])
@pytest.mark.parametrize("is_on", [False, True])
@pytest.mark.parametrize("before", Mode)
async def test_how_it_stands_at_a_start_changes_nothing(panel, kind, is_on, before):
    here = await panel(kind=kind, is_on=is_on, before=before, disarms=True)
    await here.clock.advance(60)
    assert here.changes == []
    assert here.mode.record.mode is before


@pytest.mark.parametrize("mode", ["surveillance", "night"])
async def test_a_key_that_is_turned_is_the_mode(panel, mode):
    here = await panel(mode=mode)
    assert await here.turn(True) == mode
    record = here.mode.record
    assert (record.changed_by, record.changed_from) == ("key_switch", f"key_switch {DEVICE}")
    assert await here.turn(False) is Mode.ACTIVE
    assert len(here.changes) == 2


async def test_a_key_that_stood_on_at_the_start_disarms_when_it_is_turned_off(panel):
    here = await panel(is_on=True, before=Mode.SURVEILLANCE)
    assert await here.turn(False) is Mode.ACTIVE


async def test_a_cut_cable_of_a_key_arms_and_never_disarms(panel):
    here = await panel(is_on=True, active_high=None)
    here.pin.drive_high()  # nothing holds it to ground any more
    await here.clock.advance(SETTLED_S)
    assert here.mode.record.mode is Mode.SURVEILLANCE


async def test_a_key_that_bounces_is_turned_once(panel):
    here = await panel()
    for _ in range(20):
        here.pin.drive_low()
        await here.clock.advance(0.003)
        here.pin.drive_high()
        await here.clock.advance(0.003)
    assert here.changes == []
    await here.turn(True)
    assert [record.mode for record in here.changes] == [Mode.SURVEILLANCE]


async def test_a_key_that_may_not_disarm_only_arms(panel):
    here = await panel(disarms=False)
    assert await here.turn(True) is Mode.SURVEILLANCE
    assert await here.turn(False) is Mode.SURVEILLANCE


async def test_a_button_arms_and_disarms_only_where_it_is_told_to(panel):
    here = await panel(kind="button", mode="night")
    assert await here.press() is Mode.NIGHT
    assert await here.press() is Mode.NIGHT
    assert len(here.changes) == 1


async def test_a_button_that_may_disarm_does_so_from_every_mode(panel):
    here = await panel(kind="button", mode="night", disarms=True, before=Mode.SURVEILLANCE)
    assert [await here.press() for _ in range(3)] == [Mode.ACTIVE, Mode.NIGHT, Mode.ACTIVE]


async def test_a_wire_that_has_come_off_neither_arms_nor_disarms(panel, faults):
    here = await panel(before=Mode.NIGHT)
    for _ in range(MAX_EDGES_PER_S):
        here.pin.drive_low()
        here.pin.drive_high()
    await here.clock.advance(0)
    assert faults.names() == ("edge_storm:arming",)
    for is_on in (True, False):
        (here.pin.drive_low if is_on else here.pin.drive_high)()
        await here.clock.advance(5)
    assert here.changes == []
    await here.clock.advance(STORM_PAUSE_S)
    assert faults.names() == ()
    assert await here.turn(True) is Mode.SURVEILLANCE
