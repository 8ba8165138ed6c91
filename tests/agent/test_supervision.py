"""What a Pi finds wrong around it begins and ends as a fault, and is told as two events, also over a restart."""

import asyncio

import pytest

from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.supervision import (
    BROKER_LOST_AFTER_S,
    LOOK_EVERY_S,
    RETIRED_AFTER_S,
    UNSYNCED_AFTER_S,
    VALUE_NAME,
    Supervision,
    TroubleTeller,
)
from vigie.domain.troubles import OVER_AFTER_S
from vigie.protocol.states import LOW_DISK_BYTES, SILENT_AFTER_S


class House:
    """What a Pi sees, by hand: its machine, its clock, its broker, its peers, whether the site is guarded."""

    def __init__(self, clock, faults):
        self.clock, self.faults = clock, faults
        self.free_bytes, self.is_throttled, self.is_synced, self.is_guarded = 10 * LOW_DISK_BYTES, False, True, True
        self.peers = {}
        wall = WallClock(clock, lambda: self.is_synced)
        self.supervision = Supervision(faults, self, wall, clock, is_guarding=lambda: self.is_guarded, peers_heard_at=self.peers)
        self.supervision.linked(True)

    def disk_free_bytes(self):
        return self.free_bytes

    def throttled(self):
        return self.is_throttled

    def hear(self, *devices):
        self.peers.update(dict.fromkeys(devices, self.clock.monotonic()))

    def after(self, seconds, *, hearing=()):
        """The faults after so many seconds, in which these peers are heard."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.clock.turn(min(LOOK_EVERY_S, end - self.clock.monotonic()))
            self.hear(*hearing)
            self.supervision.look()
        return self.faults.names()


@pytest.fixture
def house(clock, faults):
    return House(clock, faults)


def test_where_all_is_well_there_is_no_fault(house):
    assert house.after(3 * UNSYNCED_AFTER_S, hearing=["raspberry-02"]) == ()


def test_a_disk_that_is_nearly_full(house):
    house.free_bytes = LOW_DISK_BYTES - 1
    assert house.after(1) == ("disk_low",)
    house.free_bytes = LOW_DISK_BYTES
    assert house.after(60) == ("disk_low",), "it does not come and go with each event"
    house.free_bytes = LOW_DISK_BYTES * 5 // 4
    assert house.after(1) == ()
    house.free_bytes = None  # a disk that does not answer is the log's fault to tell
    assert house.after(1) == ()


def test_a_supply_that_sags(house):
    house.is_throttled = True
    assert house.after(1) == ("under_voltage",)
    house.is_throttled = None  # no Raspberry Pi
    assert house.after(1) == ()


def test_a_clock_that_nobody_sets_is_a_trouble_only_some_time_after_the_start(house):
    house.is_synced = False
    assert house.after(UNSYNCED_AFTER_S) == ()
    assert house.after(1) == ("clock_unsynced",)
    house.is_synced = True
    assert house.after(1) == ()
    house.is_synced = False  # it holds over: the time is known
    assert house.after(1) == ()


def test_a_broker_that_is_away_matters_while_the_site_is_guarded(house):
    house.supervision.linked(False)
    assert house.after(BROKER_LOST_AFTER_S) == ()
    assert house.after(1) == ("broker_lost",)
    house.is_guarded = False
    assert house.after(1) == ()
    house.is_guarded = True
    assert house.after(1) == ("broker_lost",)
    house.supervision.linked(True)
    assert house.after(1) == ()


def test_a_broker_that_is_not_there_from_the_start_is_lost_too(clock, faults):
    house = House(clock, faults)
    house.supervision.linked(False)
    assert house.after(BROKER_LOST_AFTER_S + 1) == ("broker_lost",)


def test_a_peer_that_falls_silent_is_missed_until_it_is_heard_again(house):
    both = ["raspberry-02", "raspberry-03"]
    assert house.after(2 * SILENT_AFTER_S, hearing=both) == ()
    assert house.after(SILENT_AFTER_S, hearing=both[:1]) == ()
    assert house.after(1, hearing=both[:1]) == ("peer_silent:raspberry-03",)
    assert house.after(1, hearing=both) == ()


def test_who_has_never_been_heard_is_not_missed(house):
    assert house.after(10 * SILENT_AFTER_S) == ()


def test_a_silence_while_nobody_guards_is_no_trouble_before_the_site_is_armed(house):
    house.is_guarded = False
    house.hear("raspberry-02")
    assert house.after(2 * SILENT_AFTER_S) == ()
    house.is_guarded = True
    assert house.after(1) == ("peer_silent:raspberry-02",)
    house.is_guarded = False
    assert house.after(1) == ()


def test_a_peer_that_was_taken_away_is_not_missed_at_each_arming_but_counts_again_once_it_is_back(house):
    house.is_guarded = False
    house.hear("raspberry-02")
    assert house.after(RETIRED_AFTER_S + 1) == ()
    house.is_guarded = True
    assert house.after(10 * SILENT_AFTER_S) == ()
    house.hear("raspberry-02")
    assert house.after(1) == ()
    assert house.after(SILENT_AFTER_S) == ("peer_silent:raspberry-02",)


def test_without_a_broker_nobody_else_is_said_to_be_silent(house):
    house.hear("raspberry-02")
    house.supervision.linked(False)
    assert house.after(BROKER_LOST_AFTER_S + SILENT_AFTER_S) == ("broker_lost",)
    house.supervision.linked(True)
    assert house.after(SILENT_AFTER_S) == (), "they get the time to come back"
    assert house.after(1) == ("peer_silent:raspberry-02",)


def test_a_peer_that_was_missed_stays_missed_when_the_broker_goes_too(house):
    house.hear("raspberry-02")
    assert house.after(2 * SILENT_AFTER_S) == ("peer_silent:raspberry-02",)
    house.supervision.linked(False)
    assert house.after(BROKER_LOST_AFTER_S + 1) == ("broker_lost", "peer_silent:raspberry-02")


def test_only_its_own_faults_are_ended(house, faults):
    faults.report("log_full", "no room")
    assert house.after(1) == ("log_full",)


async def test_it_looks_each_second(house, clock):
    task = asyncio.create_task(house.supervision.run())
    await clock.advance(0)
    house.is_throttled = True
    await clock.advance(LOOK_EVERY_S)
    assert house.faults.names() == ("under_voltage",)
    task.cancel()


class Told:
    """An agent's log and what tells troubles into it, from one start to the next."""

    def __init__(self, folder, clock):
        self.clock, self.faults, self.events = clock, Faults(), []
        self.log = EventLog(folder, self.faults, clock)
        self.log.on_accepted.append(lambda event: self.events.append(event.draft))
        self.log.start()
        self.teller = TroubleTeller(self.faults, self.log, Drafts(WallClock(clock, lambda: True), clock), clock)
        self.faults.on_change = self.teller.faults_changed
        self.task = asyncio.create_task(self.teller.run())

    async def after(self, seconds):
        await self.clock.advance(seconds)
        await self.log.flush()
        return [(draft.body["name"], draft.body["state"]) for draft in self.events if draft.type == draft.sensor == "trouble"]

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.log.close()


@pytest.fixture
async def start(tmp_path, clock):
    made = []

    async def start_():
        if made:
            await made[-1].stop()
        made.append(Told(tmp_path, clock))
        return made[-1]

    yield start_
    await made[-1].stop()


async def test_each_fault_is_two_events(start):
    here = await start()
    here.faults.report("stuck:door", "active for more than 600 s")
    assert await here.after(0) == [("stuck:door", "began")]
    await here.after(10)
    here.faults.clear("stuck:door")
    assert await here.after(OVER_AFTER_S + LOOK_EVERY_S) == [("stuck:door", "began"), ("stuck:door", "ended")]
    assert here.events[0].body == {"name": "stuck:door", "state": "began", "detail": "active for more than 600 s"}
    assert here.events[1].body["lasted_s"] == 10.0


async def test_a_trouble_that_goes_on_over_a_restart_is_one(start):
    here = await start()
    here.faults.report("disk_low", "nearly full")
    await here.after(1)
    here = await start()
    here.faults.report("disk_low", "nearly full")
    assert await here.after(60) == []
    here.faults.clear("disk_low")
    assert await here.after(OVER_AFTER_S + LOOK_EVERY_S) == [("disk_low", "ended")]
    assert "lasted_s" not in here.events[0].body, "nobody knows how long it was"


async def test_a_trouble_that_a_restart_has_ended_is_told_to_be_over(start):
    here = await start()
    here.faults.report("gpio_thread", "dead")
    await here.after(1)
    here = await start()
    assert await here.after(OVER_AFTER_S + LOOK_EVERY_S) == [("gpio_thread", "ended")]
    here = await start()
    assert await here.after(60) == []


@pytest.mark.parametrize("saved", ["{", "[]", "3", "null", '{"a": 1}'])
async def test_what_cannot_be_read_of_the_last_start_is_as_if_there_had_been_none(tmp_path, clock, faults, saved):
    log = EventLog(tmp_path, faults, clock)
    log.saved.put_value(VALUE_NAME, saved)
    TroubleTeller(faults, log, Drafts(WallClock(clock), clock), clock)
    log.close()
