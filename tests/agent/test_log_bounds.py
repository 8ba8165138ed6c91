"""A bounded event log: what goes first, that every number it gave up is told, and that counting stays right."""

import random

import pytest

from tests.agent.test_event_log import draft, open_log
from tests.waiting import wait_until_async
from vigie.agent.drafts import Drafts
from vigie.agent.gap_events import GapEvents
from vigie.agent.health import WallClock
from vigie.agent.log_file import LogFile
from vigie.agent.log_room import LogRoom
from vigie.domain.retention import Bounds
from vigie.protocol.gaps import Gap


@pytest.fixture
def open_room(tmp_path, clock):
    files = []

    def open_():
        files.append(LogFile(tmp_path / "events.sqlite"))
        return files[-1], LogRoom(files[-1], GapEvents(Drafts(WallClock(clock), clock)))

    yield open_
    for file in files:
        file.close()


def kept(file):
    return {event.seq: event.draft.type for event in file.page(0, 1_000_000)}


def told(file):
    """Every number that the `gap` events in the log name."""
    gaps = [Gap.model_validate(event.draft.body) for event in file.page(0, 1_000_000) if event.draft.type == "gap"]
    assert all(gap.count == sum(last - first + 1 for first, last in gap.ranges) for gap in gaps)
    return [seq for gap in gaps for first, last in gap.ranges for seq in range(first, last + 1)]


def alternating(count, start=0):
    return [draft(start + n, type_="motion_ended" if n % 2 else "motion_detected") for n in range(count)]


async def fill(log, drafts):
    for start in range(0, len(drafts), 100):
        for item in drafts[start : start + 100]:
            log.accept(item)
        await log.flush()


async def test_what_the_server_has_is_pruned_first_and_needs_no_gap(tmp_path, faults):
    log = open_log(tmp_path, faults, bounds=Bounds(max_events=1000))
    await fill(log, alternating(1000))
    await log.call(lambda file: file.put_acked_through(log.stream_id, 900))
    await fill(log, alternating(500))
    numbers = await log.call(lambda file: [event.seq for event in file.page(0, 5000)])
    assert numbers == list(range(numbers[0], 1501)), "the newest in one piece, and no gap event among them"
    assert 900 <= len(numbers) <= 1000
    log.close()


async def test_a_log_far_above_a_lowered_bound_is_pruned_in_steps_while_nothing_comes_in(tmp_path, faults):
    log = open_log(tmp_path, faults)
    await fill(log, alternating(6000))
    await log.call(lambda file: file.put_acked_through(log.stream_id, 6000))
    log.close()
    again = open_log(tmp_path, faults, bounds=Bounds(max_events=1000))
    again.accept(draft(1))
    await wait_until_async(lambda: again._writer.room.held().events <= 950, "it is eased to 95 %")
    again.close()


async def test_without_acks_minor_events_go_before_detections_and_every_number_is_told(tmp_path, faults):
    log = open_log(tmp_path, faults, bounds=Bounds(max_events=1000))
    await fill(log, alternating(1200))
    numbers, gone = await log.call(lambda file: (kept(file), told(file)))
    assert len(numbers) <= 1000
    assert sum(type_ == "motion_detected" for type_ in numbers.values()) == 600, "no detection has gone"
    assert sorted([*numbers, *gone]) == list(range(1, log.last_seq + 1))
    log.close()


async def test_when_only_detections_are_left_the_oldest_go(tmp_path, faults):
    log = open_log(tmp_path, faults, bounds=Bounds(max_events=1000))
    await fill(log, [draft(n) for n in range(1500)])
    numbers, gone = await log.call(lambda file: (kept(file), told(file)))
    detections = await log.call(lambda file: [event.draft.mono_ms for event in file.page(0, 5000) if event.draft.type != "gap"])
    assert detections == list(range(1500 - len(detections), 1500)), "the newest are there"
    assert sorted([*numbers, *gone]) == list(range(1, log.last_seq + 1))
    assert len(numbers) >= 980, "little more goes than must"
    assert list(numbers.values()).count("gap") == 1, "gaps are merged"
    log.close()


async def test_gap_events_are_accepted_like_any_other(tmp_path, faults):
    accepted = []
    log = open_log(tmp_path, faults, accepted, bounds=Bounds(max_events=100))
    await fill(log, alternating(150))
    assert {event.draft.sensor for event in accepted} == {"motion", "gap"}
    assert [event.seq for event in accepted] == list(range(1, log.last_seq + 1))
    log.close()


async def test_the_file_stays_within_its_bytes(tmp_path, faults):
    limit = 1024 * 1024
    log = open_log(tmp_path, faults, bounds=Bounds(max_bytes=limit))
    await fill(log, alternating(30_000))
    assert await log.call(lambda _file: log._writer.room.held().bytes) <= limit * 1.05
    assert (tmp_path / "events.sqlite").stat().st_size <= limit * 1.2
    numbers, gone = await log.call(lambda file: (kept(file), told(file)))
    assert sorted([*numbers, *gone]) == list(range(1, log.last_seq + 1))
    assert len(numbers) > 5000, "half-empty pages would keep far fewer"
    log.close()


def test_any_order_of_accepting_acknowledging_and_dropping_leaves_each_number_kept_acknowledged_or_told(open_room):
    chance = random.Random(7)
    file, room = open_room()
    bounds, acked = Bounds(max_events=400), 0
    for turn in range(400):
        batch = [
            draft(n, type_=chance.choice(["motion_detected", "motion_ended", "humidity"])) for n in range(chance.randrange(40))
        ]
        room.keep_within(bounds, len(batch))
        file.append(batch)
        if chance.random() < 0.1 and file.last_seq() - acked > 600:
            acked = chance.randint(acked, file.last_seq())
            file.put_acked_through(file.stream_id, acked)
        numbers = kept(file)
        assert len(numbers) == room.held().events <= 400
        if turn % 20 == 0:
            missing = set(range(acked + 1, file.last_seq() + 1)) - set(numbers)
            assert missing <= set(told(file))
            file.close()
            file, room = open_room()
    assert acked > 0


def test_the_event_at_the_mark_is_kept_for_comparing(open_room):
    file, room = open_room()
    file.append(alternating(100))
    file.put_acked_through(file.stream_id, 60)
    assert room.prune(1000) == 59
    assert file.event_id(60) == "id-59"
    assert file.event_id(59) is None
