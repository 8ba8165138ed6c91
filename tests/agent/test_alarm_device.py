"""A whole device under its alarm, on mock pins and a turned clock: what a restart finds, what a kill leaves, what a disk delays."""

import asyncio
import json
import threading

import pytest

from tests.agent.guarding import alerts, changes, keep_mode, kept
from tests.agent.pi import Pi
from tests.waiting import wait_until_async
from vigie.agent.event_log import FILE_NAME
from vigie.agent.log_file import LogFile, read_events
from vigie.domain.alarm_model import SoundSiren
from vigie.domain.promptness import SETTLING_MAX_S
from vigie.domain.rules import Happening
from vigie.protocol.alarm import Stage
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.mqtt import Message

BY_HAND = Message("site/mode", b'{"mode": "active"}', qos=1, retain=False, dup=False, mid=1)
ENTRANCE = {"alarm": {"entry_delay_s": 30.0, "alarm_s": 60.0}, "zones": {"motion": {"type": "delayed"}}}


class Answering:
    """A connection whose broker answers at once."""

    async def ping(self):
        pass


@pytest.fixture
async def make(tmp_path, clock, monkeypatch):
    made = []

    def make_(mode=Mode.SURVEILLANCE, **alarm):
        keep_mode(tmp_path / "pi", mode)
        made.append(Pi(tmp_path / "pi", clock, monkeypatch, **alarm))
        made[-1].start()
        return made[-1]

    yield make_
    for pi in made:
        pi.close()


async def in_stage(make, stage):
    pi = make(Mode.ACTIVE if stage == "disarmed" else Mode.SURVEILLANCE, **ENTRANCE)
    await pi.settle()
    if stage in {"pending", "triggered"}:
        await pi.pulse("motion" if stage == "pending" else "button")
    assert pi.stage == stage
    return pi


@pytest.mark.parametrize("opens", [(), ("button",)], ids=["closed", "open"])
@pytest.mark.parametrize("knows_time", [True, False], ids=["clock right", "clock 1970"])
@pytest.mark.parametrize("off_s", [None, 5.0, 100.0], ids=["same boot", "power cut", "long power cut"])
@pytest.mark.parametrize("stage", ["disarmed", "armed", "pending", "triggered"])
async def test_what_a_restart_finds(make, stage, off_s, knows_time, opens):
    pi = await in_stage(make, stage)
    before, loud = changes(pi.folder), len(alerts(pi.folder))
    if off_s is None:
        pi.knows_time = knows_time
        pi.kill()
    else:
        pi.reboot(off_s, knows_time=knows_time)
    pi.start(opens=opens)
    await pi.settle()
    over = off_s == 100.0 and knows_time
    then = {"pending": "triggered", "triggered": "armed"}.get(stage, stage) if over else stage
    assert pi.stage == then
    assert pi.sounds is (then == "triggered")
    assert len(changes(pi.folder)) - len(before) == (then != stage)
    assert len(alerts(pi.folder)) - loud == (over and stage == "pending")
    assert ("open_zone:button" in pi.device.faults) is (bool(opens) and stage != "disarmed")
    if opens and stage != "disarmed":
        pi.drive("button", high=False)
        await pi.clock.advance(1.0)
        await pi.settle()
        assert "open_zone:button" not in pi.device.faults


async def test_an_exit_delay_goes_on_over_a_restart(make):
    pi = make(Mode.ACTIVE, alarm={"exit_delay_s": 30.0})
    pi.kill()
    keep_mode(pi.folder, Mode.SURVEILLANCE)
    pi.start()
    await pi.clock.advance(10)
    await pi.settle()
    pi.kill()
    pi.start()
    await pi.clock.advance(19.9)
    assert pi.stage == "arming"
    await pi.clock.advance(0.2)
    await pi.settle()
    assert changes(pi.folder)[-1] == ("arming", "armed", "exit_delay_over")


async def test_without_a_clock_a_delay_begins_anew_once_and_not_with_each_restart_of_that_boot(make):
    pi = await in_stage(make, "pending")
    pi.reboot(5.0, knows_time=False)
    for _ in range(3):
        pi.start()
        await pi.clock.advance(9.0)
        await pi.settle()
        assert pi.stage == "pending"
        pi.kill()
    pi.start()
    await pi.clock.advance(3.1)
    await pi.settle()
    assert pi.stage == "triggered"


async def test_at_whatever_moment_it_is_killed_state_events_and_decisions_on_disk_tell_the_same(make, monkeypatch):
    """One commit for all of a step: a kill between two would leave the siren silent for good, or an alarm without its event."""
    pi = make(Mode.ACTIVE, **ENTRANCE | {"alarm": {"exit_delay_s": 10.0, "entry_delay_s": 30.0, "alarm_s": 60.0}})
    await pi.settle()
    found, append, outcomes = [], LogFile.append, []

    def then_look(file, *arguments):
        accepted = append(file, *arguments)
        outcomes.extend(event.draft.body["decision"]["outcome"] for event in accepted if "decision" in event.draft.body)
        told = [event.draft.body["state"] for event in read_events(pi.folder / FILE_NAME) if event.draft.type == "alarm"]
        found.append((json.loads(file.value("alarm"))["stage"], told[-1] if told else "disarmed", outcomes[-1:]))
        return accepted

    monkeypatch.setattr(LogFile, "append", then_look)
    pi.device.mode.set(Mode.SURVEILLANCE, changed_by="ann", changed_from="here")
    await pi.settle()
    for seconds in (11.0, 31.0, 61.0):
        await pi.clock.advance(seconds)
        await pi.pulse("motion")
    await pi.pulse("button")
    pi.device.mode.set(Mode.ACTIVE, changed_by="ann", changed_from="here")
    await pi.settle()
    assert [stage for stage, told, _ in found if stage != told] == []
    assert {stage for stage, _, _ in found} == {"arming", "armed", "pending", "triggered", "disarmed"}
    assert all(last == ["entry_delay"] for stage, _, last in found if stage == "pending"), "with its trip, not after it"


async def test_a_disk_that_hangs_holds_the_siren_up_for_50_ms_and_no_longer(make, monkeypatch):
    pi = make(zones={"motion": {"preset": "door"}})
    await pi.settle()
    hangs, append = threading.Event(), LogFile.append

    def hang(file, *arguments):
        hangs.wait(20)
        return append(file, *arguments)

    monkeypatch.setattr(LogFile, "append", hang)
    try:
        pi.drive("motion", high=True)
        await pi.clock.advance(0.049)
        assert not pi.sounds
        await pi.clock.advance(0.002)
        assert pi.sounds
        await pi.clock.advance(0.2)
        assert pi.device.servo._position.target_deg == -60
    finally:
        hangs.set()
    await pi.settle()
    assert len(alerts(pi.folder)) == 1


async def test_a_mode_on_disk_that_cannot_be_read_disarms_nobody(make):
    pi = make()
    await pi.settle()
    pi.kill()
    file = LogFile(pi.folder / "events.sqlite")
    file.append((), {"mode": '{"mode": "of a newer version"}'})
    file.close()
    pi.start()
    await pi.settle()
    assert pi.stage == "armed"
    pi.device.mode.set(Mode.ACTIVE, changed_by="key", changed_from="here")
    await pi.settle()
    assert pi.stage == "disarmed", "and whoever may, still can"


@pytest.mark.parametrize("saved", ["", "[]", '{"stage": "party"}', "\x00"])
async def test_an_alarm_state_on_disk_that_cannot_be_read_is_made_anew_from_the_mode(make, saved):
    pi = make()
    await pi.settle()
    pi.kill()
    file = LogFile(pi.folder / "events.sqlite")
    file.append((), {"alarm": saved})
    file.close()
    pi.start()
    await pi.settle()
    assert pi.stage == "armed"
    assert kept(pi.folder)["stage"] == "armed"


async def test_a_rule_of_five_seconds_does_not_end_an_alarm_of_a_minute(make):
    pi = make()
    await pi.pulse()
    pi.device.alarm.do((SoundSiren(5.0),))
    await pi.settle()
    await pi.clock.advance(30)
    assert pi.sounds
    await pi.clock.advance(31)
    assert not pi.sounds


async def test_the_end_of_our_alarm_does_not_silence_the_siren_that_sounds_for_another_pi(make):
    pi = make()
    await pi.pulse()
    await pi.clock.advance(50)
    pi.device.alarm.do((SoundSiren(60.0),))
    await pi.clock.advance(20)
    assert pi.stage == "armed"
    assert pi.sounds
    pi.device.mode.set(Mode.ACTIVE, changed_by="ann", changed_from="here")
    await pi.settle()
    assert not pi.sounds


async def test_a_siren_that_sounds_for_another_pi_goes_on_over_a_restart_unless_the_site_was_disarmed_meanwhile(make):
    pi = make()
    await pi.settle()
    pi.device.alarm.happened(Happening(device_id="raspberry-02", sensor="alarm", stage=Stage.TRIGGERED, mode=Mode.SURVEILLANCE))
    await pi.settle()
    assert pi.sounds
    await pi.clock.advance(20)
    pi.kill()
    pi.start()
    await pi.settle()
    assert (pi.stage, pi.sounds) == ("armed", True)
    await pi.clock.advance(39)
    assert pi.sounds
    pi.kill()
    keep_mode(pi.folder, Mode.ACTIVE)
    pi.start()
    await pi.settle()
    assert not pi.sounds
    await pi.clock.advance(2)
    pi.kill()
    pi.start()
    await pi.settle()
    assert not pi.sounds


async def test_a_stuck_sensor_that_is_active_still_is_stuck_right_after_a_restart(make):
    pi = make()
    pi.kill()
    file = LogFile(pi.folder / FILE_NAME)
    file.append((), {"troubles": json.dumps({f"stuck:{name}": "long ago" for name in ("motion", "button")})})
    file.close()
    pi.start(opens=("motion",))
    await pi.clock.advance(1.5)
    assert "stuck:motion" in pi.device.faults
    assert "stuck:button" not in pi.device.faults


async def test_a_server_whose_clock_is_hours_behind_takes_nobodys_exit_delay_away(make):
    pi = make(Mode.ACTIVE, alarm={"exit_delay_s": 30.0})
    await pi.settle()
    now = pi.clock.now()
    stamp = (int(now.timestamp() * 1000), 0, "server")
    record = ModeRecord(mode=Mode.NIGHT, stamp=stamp, changed_at=now)
    pi.clock.turn(3600.0)
    pi.device.alarm.set_mode(record, is_live=True)
    assert pi.stage == "arming"
    pi.device.alarm.set_mode(record.model_copy(update={"stamp": (stamp[0], 1, "server"), "mode": Mode.SURVEILLANCE}), is_live=False)
    assert pi.stage == "armed", "out of the broker's memory it is as old as it says"


async def test_an_agent_that_was_frozen_takes_no_mode_written_by_hand_for_a_new_one(make):
    """It waited in the socket, and what was set since has a stamp: the one by hand would be stamped as newer than it."""
    pi = make(Mode.SURVEILLANCE)
    tasks = [asyncio.create_task(run) for run in (pi.device.wakefulness.run(), pi.device.arrivals.run(Answering()))]
    await pi.settle()
    pi.clock.turn(3600.0)
    pi.device.mode.hear(BY_HAND)
    await pi.settle()
    assert pi.stage == "armed"
    await pi.clock.advance(SETTLING_MAX_S + 1)
    pi.device.mode.hear(BY_HAND)
    await wait_until_async(lambda: pi.stage == "disarmed", "awake again, it is news")
    for task in tasks:
        task.cancel()
