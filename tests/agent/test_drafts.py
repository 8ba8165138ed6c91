"""Drafts of events: their moment, their id, and the time that this device knows."""

import pytest

from vigie.agent.drafts import Drafts
from vigie.agent.health import WallClock
from vigie.protocol.events import ClockQuality
from vigie.runtime.ids import boot_id


@pytest.fixture
def drafts(clock):
    return Drafts(WallClock(clock, lambda: True), clock, "boot-1")


def test_a_draft_is_of_now_and_of_its_sensors_type_unless_told(drafts, clock):
    draft = drafts.make("alarm", {"state": "armed"})
    assert (draft.sensor, draft.type, draft.kind, draft.body) == ("alarm", "alarm", None, {"state": "armed"})
    assert (draft.occurred_at, draft.mono_ms) == (clock.now(), clock.monotonic() * 1000)
    assert (draft.boot_id, draft.clock) == ("boot-1", ClockQuality.SYNCED)


def test_a_draft_of_a_moment_ago_says_that_moment(drafts, clock):
    before, at = clock.now(), clock.monotonic()
    clock.turn(3.25)
    draft = drafts.make("hall", {}, type_="motion_detected", kind="motion", at=at, id_="an-id")
    assert (draft.occurred_at, draft.mono_ms) == (before, at * 1000)
    assert (draft.type, draft.kind, draft.id) == ("motion_detected", "motion", "an-id")


def test_each_has_an_id_of_its_own_in_the_order_of_time(drafts, clock):
    ids = []
    for _ in range(100):
        ids.append(drafts.make("alarm", {}).id)
        clock.turn(0.001)
    assert len({*ids, drafts.new_id()}) == 101
    assert ids == sorted(ids)


def test_without_a_known_wall_clock_there_is_none_and_the_boot_is_this_one(clock):
    draft = Drafts(WallClock(clock, lambda: False), clock).make("alarm", {})
    assert (draft.occurred_at, draft.clock, draft.boot_id) == (None, ClockQuality.UNSYNCED, boot_id())
