"""The alarm of real agent processes, with and without their broker, killed in every state. The siren is on a mock pin."""

import os
import time

import pytest

from tests.agent.guarding import alerts, changes, events, keep_mode, kept, write_configuration
from tests.agent.running import listener
from tests.chaos.clocks import WallClock
from tests.waiting import wait_until, wait_until_async
from vigie.protocol.states import Mode

DEVICE = "raspberry-01"
SIREN, SERVO, ALARM = (f"states/{DEVICE}/{part}" for part in ("siren", "servo", "alarm"))
RESTARTS = int(os.environ.get("VIGIE_RESTARTS", "3"))
TRIP = [("armed", "triggered", "trip")]
AWAY = {"mode": "surveillance", "changed_by": "ann"}


@pytest.fixture
def guard(start_agent, tmp_path):
    """Starts an agent that the mode on its disk arms at once, before it has heard of any broker."""

    def start(text="", mode=Mode.SURVEILLANCE, **options):
        keep_mode(tmp_path / DEVICE, mode)
        return start_agent(config=write_configuration(tmp_path / "agent.toml", text), **options)

    return start


async def siren(seen, state, within_s=10.0):
    await wait_until_async(lambda: (seen.on(SIREN) or [{}])[-1].get("state") == state, f"the siren is {state}", within_s=within_s)


async def test_alone_a_trip_sounds_the_siren_turns_the_servo_and_is_told_once_when_the_broker_is_back(guard, mosquitto):
    mosquitto.kill()
    agent = guard("[alarm]\nalarm_s = 30\n[zones.motion]\npreset = 'door'\n")
    await agent.trigger()
    mosquitto.start()
    async with listener(mosquitto.address, acknowledges=True) as seen:
        await siren(seen, "on")
        assert 0 < seen.on(SIREN)[-1]["remaining_s"] <= 30
        await wait_until_async(lambda: (seen.on(SERVO) or [{}])[-1].get("angle_deg") == -60, "the camera looks at the door")
        numbers = {event.seq for event in events(agent.folder)}
        await wait_until_async(lambda: {seq for _, seq in seen.events()} >= numbers, "the history is complete", within_s=15)
        (trip,) = alerts(agent.folder)
        decision = trip.draft.body["decision"]
        assert decision["steps"] == [{"check": "mode", "passed": True}]
        assert decision["effects"] == [{"siren_s": 30.0}, {"preset": "door"}]
        assert changes(agent.folder)[-1:] == TRIP
        await seen.publish("site/mode", {**AWAY, "mode": "active"}, retain=True)
        await siren(seen, "off")
        assert changes(agent.folder)[-1] == ("triggered", "disarmed", "mode")


STAGES = {
    # Mode and configuration, what brings an agent there, and how its log goes on by itself after the kill.
    "disarmed": (Mode.ACTIVE, "", None, []),
    "arming": (Mode.SURVEILLANCE, "[alarm]\nexit_delay_s = 1.5\n", None, [("arming", "armed", "exit_delay_over")]),
    "armed": (Mode.NIGHT, "", None, []),
    "pending": (
        Mode.NIGHT,
        "[alarm]\nentry_delay_s = 1.5\nalarm_s = 0.8\n[zones.motion]\ntype = 'delayed'\n",
        "motion",
        [("pending", "triggered", "entry_delay_over"), ("triggered", "armed", "alarm_time_over")],
    ),
    "triggered": (Mode.NIGHT, "[alarm]\nalarm_s = 60\n", "motion", []),
}


def start_again(agent, around, tmp_path):
    if around == "killed again, unread":
        agent.start_and_die("tests.agent.odd_pins", "unread")
    through = {"clock at 1970": at_1970(tmp_path), "button open": ["tests.agent.odd_pins", "low:27"]}
    agent.start(*through.get(around, []))


@pytest.mark.parametrize("around", ["broker", "no broker", "clock at 1970", "button open", "killed again, unread"])
@pytest.mark.parametrize("stage", STAGES)
async def test_killed_in_any_state_it_goes_on_in_the_same_one(guard, mosquitto, tmp_path, stage, around):
    mode, text, sensor, then = STAGES[stage]
    has_broker = around != "no broker"
    if not has_broker:
        mosquitto.kill()
    agent = guard(text, mode)
    if sensor:
        await agent.trigger(sensor)
    else:
        wait_until(lambda: mode is Mode.ACTIVE or changes(agent.folder), "it is armed")
    agent.kill()
    before = changes(agent.folder)
    start_again(agent, around, tmp_path)
    if around == "button open" and stage != "disarmed":
        wait_until(lambda: "open_zone:button" in agent.log, "it is trouble, no trip", within_s=15)
    if stage == "triggered":
        if not has_broker:
            mosquitto.start()
        async with listener(mosquitto.address) as seen:
            await siren(seen, "on")
            assert seen.on(SIREN)[-1]["remaining_s"] < 60.0
    elif not then:
        await agent.trigger("motion" if around == "button open" else "button")  # what else there is goes on guarding
        then = [] if stage == "disarmed" else TRIP
    wait_until(lambda: changes(agent.folder)[len(before) :] == then, "it goes on")
    assert len(alerts(agent.folder)) == (1 if sensor or then == TRIP else 0)


async def test_killed_it_obeys_what_was_set_meanwhile(guard, mosquitto):
    agent = guard()
    wait_until(lambda: changes(agent.folder), "it is armed")
    agent.kill()
    async with listener(mosquitto.address) as seen:
        await seen.publish("site/mode", {"mode": "active", "stamp": [int(time.time() * 1000), 0, "new"]}, retain=True)
        agent.start()
        await wait_until_async(lambda: changes(agent.folder)[-1] == ("armed", "disarmed", "mode"), "the newer record is obeyed")


def at_1970(folder):
    """Runs an agent whose wall clock has never been set."""
    wall = WallClock(folder / "offset")
    wall.jump_to_1970()
    return ["tests.chaos.clocks", str(wall.file)]


async def test_a_delay_goes_on_by_the_same_boot_whatever_the_wall_clock_says(guard, tmp_path):
    agent = guard("[alarm]\nentry_delay_s = 3\n[zones.motion]\ntype = 'delayed'\n")
    await agent.trigger()
    agent.kill()
    launched_at = time.monotonic()
    agent.start(*at_1970(tmp_path))
    await wait_until_async(lambda: changes(agent.folder)[-1][1] == "triggered", "the entry delay ends")
    (alarm,) = alerts(agent.folder)
    trip = next(event for event in events(agent.folder) if event.draft.type == "motion_detected")
    assert alarm.draft.mono_ms - trip.draft.mono_ms >= 3000
    assert alarm.draft.mono_ms / 1000 < launched_at + 3, "it has not begun anew"


def test_restarts_while_it_guards_alarm_nobody_and_disarm_nobody(guard, mosquitto):
    """VIGIE_RESTARTS=200 for more of them; each is a kill at another moment of its life."""
    agent = guard()
    wait_until(lambda: changes(agent.folder), "it is armed")
    for number in range(RESTARTS):
        if number % 3 == 0:
            met = number // 3
            wait_until(lambda met=met: agent.log.count("connected to broker") > met, "it has met its broker")
        agent.kill()
        agent.start()
    assert changes(agent.folder) == [("disarmed", "armed", "mode")]
    assert alerts(agent.folder) == []
    assert "Traceback" not in agent.log
    agent.kill()
    assert kept(agent.folder)["stage"] == "armed"
