"""Which changes become events: live ones, and at a start only those that the log proves."""

from datetime import timedelta

import pytest

from tests.agent.alarms import make_alarm
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.health import Machine, WallClock, kernel_clock_is_synced
from vigie.agent.inputs import Input
from vigie.agent.sensors import resolve
from vigie.agent.settings import SensorSettings
from vigie.agent.states import StateBoard
from vigie.agent.watch import Watch
from vigie.domain.alarm_model import Zone
from vigie.domain.debounce import Change, DebounceState
from vigie.protocol.events import ClockQuality


class Post:
    """A watch over one sensor with a real log; `accepted` after `flush`."""

    def __init__(self, folder, clock, faults, *, boot_id="boot-1", synced=True, name="motion", **settings):
        self.clock = clock
        self.log = EventLog(folder, faults, clock)
        self.accepted = []
        self.log.on_accepted.append(self.accepted.append)
        self.sensor = resolve(name, SensorSettings(pin=17, **settings))
        last = self.log.file.last_event(name)
        self.log.start()
        self.board = StateBoard("raspberry-01")
        wall = WallClock(clock, lambda: synced)
        self.watch = Watch(
            clock,
            wall,
            self.board,
            faults=faults,
            boot_id=boot_id,
            drafts=Drafts(wall, clock, boot_id),
            alarm=make_alarm(self.log, clock, faults, Zone(sensor="motion"), wall=wall, boot_id=boot_id),
            last_events={name: last} if last else {},
        )

    async def change(self, level, lasted_s):
        now = self.clock.monotonic()
        item = Input(self.sensor, None, DebounceState(level=level, raw=level), now)
        self.watch.changed(item, Change(level, now), lasted_s)
        await self.log.flush()
        return [event.draft for event in self.accepted]


@pytest.fixture
def post(tmp_path, clock, faults):
    made = []

    def make(**options):
        if made:
            made[-1].log.close()
        made.append(Post(tmp_path, clock, faults, **options))
        return made[-1]

    yield make
    made[-1].log.close()


async def test_an_edge_is_an_event_with_the_references_keys(post, clock):
    here = post(location="entrance", confidence=0.8)
    await here.change(True, 12.0)
    clock.turn(2.5)
    first, second = await here.change(False, 2.5)
    assert first.type == "motion_detected"
    assert first.body.pop("decision")["outcome"] == "not_guarded"
    assert first.body == {"state": "detected", "confidence": 0.8, "location": "entrance", "duration_ms": 0}
    assert second.type == "motion_ended"
    assert second.body["duration_ms"] == 2500
    assert second.occurred_at == clock.now()
    assert second.mono_ms == clock.monotonic() * 1000


@pytest.mark.parametrize(
    ("name", "settings", "types", "kind"),
    [
        ("button", {}, ["button_pressed", "button_released"], None),
        ("mat", {"kind": "button"}, ["button_pressed", "button_released"], "button"),
        ("doorbell", {}, ["doorbell", "doorbell"], None),
    ],
)
async def test_the_kind_names_the_event(post, name, settings, types, kind):
    here = post(name=name, **settings)
    await here.change(True, 1.0)
    drafts = await here.change(False, 1.0)
    assert [draft.type for draft in drafts] == types
    assert {draft.kind for draft in drafts} == {kind}


@pytest.mark.parametrize("level", [True, False])
async def test_the_first_reading_ever_is_a_state_and_no_event(post, level):
    here = post()
    assert await here.change(level, None) == []
    assert "motion" in here.board._bodies


@pytest.mark.parametrize(
    ("level_before", "boot_id", "level_now", "types"),
    [
        (True, "boot-1", True, []),
        (False, "boot-1", False, []),
        (False, "boot-1", True, ["motion_detected"]),
        (True, "boot-1", False, ["motion_ended"]),
        (True, "boot-2", False, ["motion_ended"]),
        (False, "boot-2", True, []),
    ],
    ids=["still active", "still inactive", "came meanwhile", "went meanwhile", "went in a power cut", "on after a power cut"],
)
async def test_a_restart_reports_only_what_the_log_proves(post, level_before, boot_id, level_now, types):
    await post().change(level_before, 1.0)
    drafts = await post(boot_id=boot_id).change(level_now, None)
    assert [draft.type for draft in drafts] == types
    assert all(draft.body["found_at_start"] for draft in drafts)


async def test_while_a_sensor_warms_up_it_is_shown_but_not_reported(post, clock):
    here = post(warm_up_s=60)
    clock.turn(30)
    assert await here.change(True, 1.0) == []
    clock.turn(31)
    assert [draft.type for draft in await here.change(False, 31.0)] == ["motion_ended"]


async def test_without_a_known_wall_clock_there_is_no_wall_time(post):
    (draft,) = await post(synced=False).change(True, 1.0)
    assert (draft.occurred_at, draft.clock) == (None, ClockQuality.UNSYNCED)


def test_a_clock_once_synced_holds_over(clock):
    answers = [False, True, False]
    wall = WallClock(clock, lambda: answers.pop(0))
    assert [wall.quality().value for _ in range(3)] == ["unsynced", "synced", "holdover"]
    answers.extend([True])
    assert wall.at(clock.monotonic() - 3) == clock.now() - timedelta(seconds=3)


def test_the_kernel_is_asked_without_a_crash():
    assert kernel_clock_is_synced() in (True, False)


def test_a_pis_health_files_are_read_and_missing_ones_are_none(tmp_path):
    root = tmp_path / "root"
    assert (Machine(tmp_path, root).temp_c(), Machine(tmp_path, root).throttled()) == (None, None)
    for path, text in (
        ("sys/class/thermal/thermal_zone0/temp", "48312\n"),
        ("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n"),
    ):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    machine = Machine(tmp_path, root)
    assert (machine.temp_c(), machine.throttled()) == (48.3, True)
    assert machine.disk_free_bytes() > 0
    assert Machine(tmp_path / "gone").disk_free_bytes() is None


async def test_a_fault_of_a_sensor_shows_in_its_state_for_as_long_as_it_lasts(post, faults):
    here = post()
    faults.report("stuck:motion", "for ever")
    await here.change(True, 1.0)
    assert b'"fault":"stuck:motion"' in here.board._bodies["motion"]
    faults.clear("stuck:motion")
    await here.change(False, 1.0)
    assert b'"fault":null' in here.board._bodies["motion"]
