"""Pis that hear each other on a real broker: one acts for the other at once, and never for what is old."""

import time
from contextlib import asynccontextmanager

import pytest

from tests.agent.guarding import alerts, changes, events, write_configuration
from tests.agent.running import listener
from tests.brokers import RunningBroker
from tests.chaos.links import Link
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port

FIRST, SECOND = "raspberry-01", "raspberry-02"
OLD_NEWS = "old news, not acted upon: raspberry-01/alarm"
AT_THE_DOOR = """
[alarm]
entry_delay_s = 3
[zones.motion]
siren = true
[zones.button]
type = 'delayed'
"""
INSIDE = """
[zones.motion]
confirm_by = ['raspberry-01/button']
[zones.button]
type = 'follower'
[[rules]]
when = 'raspberry-01/motion'
then = [{ servo = 'door' }]
"""


class Site:
    """Two agents and who listens to them. `set_mode` returns when both obey."""

    def __init__(self, seen, first, second):
        self.seen, self.first, self.second = seen, first, second

    async def set_mode(self, mode):
        stamp = [int(time.time() * 1000), 0, "test"]
        await self.seen.publish("site/mode", {"mode": mode, "stamp": stamp}, retain=True)
        for device in (FIRST, SECOND):
            await self.shows(device, "alarm", mode=mode)

    def last(self, device, part):
        return (self.seen.on(f"states/{device}/{part}") or [{}])[-1]

    async def shows(self, device, part, within_s=10.0, **expected):
        def is_so():
            return expected.items() <= self.last(device, part).items()

        await wait_until_async(is_so, f"{device}'s {part} is {expected}", within_s=within_s)

    def sounded(self, device):
        """Whether its siren has ever been on."""
        return any(body["state"] == "on" for body in self.seen.on(f"states/{device}/siren"))


@pytest.fixture
def site(start_agent, tmp_path, mosquitto):
    @asynccontextmanager
    async def make(first=AT_THE_DOOR, second=INSIDE, ports=None):
        agents = []
        for device, text in ((FIRST, first), (SECOND, second)):
            broker = mosquitto.address if ports is None else f"127.0.0.1:{ports[device]}"
            agents.append(start_agent(device, broker, config=write_configuration(tmp_path / f"{device}.toml", text)))
        async with listener(mosquitto.address) as seen:
            for device in (FIRST, SECOND):
                await seen.wait_for(f"heartbeats/{device}")
            made = Site(seen, *agents)
            await made.set_mode("night")
            yield made

    return make


async def pause(until):
    await wait_until_async(lambda: time.monotonic() >= until, "the time has come", within_s=60)


async def test_with_the_broker_alone_a_trip_here_sounds_turns_confirms_and_holds_back_there(site):
    async with site() as house:
        # Both sirens and, by a rule, the other camera.
        await house.first.trigger("motion")
        for device in (FIRST, SECOND):
            await house.shows(device, "siren", state="on")
        await house.shows(SECOND, "servo", target_deg=-60)
        await house.set_mode("active")
        for device in (FIRST, SECOND):
            await house.shows(device, "siren", state="off")
        # A movement that nobody confirms, until a sensor of the other Pi does.
        await house.set_mode("night")
        await house.second.trigger("motion")
        assert events(house.second.folder)[-2].draft.body["decision"]["outcome"] == "unconfirmed"
        await house.first.trigger("button")
        await house.shows(SECOND, "alarm", state="triggered")
        assert changes(house.second.folder)[-1] == ("armed", "triggered", "confirmed")
        assert len(alerts(house.second.folder)) == 1
        await house.set_mode("active")
        # A follower there waits for the entry delay that runs here.
        await house.set_mode("night")
        await house.first.trigger("button")
        await house.shows(FIRST, "alarm", state="pending")
        await house.second.trigger("button")
        assert changes(house.second.folder)[-1] == ("armed", "pending", "trip")
        assert house.last(SECOND, "siren")["state"] == "off"
        await house.set_mode("active")
        assert len(alerts(house.second.folder)) == 1, "disarmed in time"


async def test_nothing_retained_replayed_late_or_broken_moves_or_sounds_anything(site):
    async with site() as house:
        seen, now_ms = house.seen, round(time.monotonic() * 1000)
        boot_id = seen.on(f"heartbeats/{FIRST}")[0]["boot_id"]

        def alarm(mono_ms):
            meta = {"v": 1, "id": "x", "stream_id": "s", "seq": 1, "boot_id": boot_id, "mono_ms": mono_ms}
            return {"state": "triggered", "previous": "armed", "reason": "trip", "mode": "night", "meta": meta}

        motion = {**alarm(now_ms), "state": "detected"}
        stale = (("motion", motion), ("alarm", alarm(now_ms)))
        for sensor, body in stale:
            await seen.publish(f"sensors/{FIRST}/{sensor}", body, retain=True)
        await seen.publish(f"states/{FIRST}/alarm", {"state": "triggered", "mode": "night", "zones": []}, retain=True)
        page = [{"sensor": sensor, "payload": body, "age_ms": 10} for sensor, body in stale]
        await seen.publish(f"replays/{FIRST}", {"events": page})
        await seen.publish(f"commands/{SECOND}/siren", {"action": "on"}, retain=True)
        await seen.publish(f"commands/{SECOND}/servo", {"preset": "door"}, retain=True)
        for payload in (b"", b"\xff", b"[]", b"{", b'{"meta": {"mono_ms": 1e300}}', b'{"state": ' + b"[" * 900):
            for topic in (f"sensors/{FIRST}/alarm", f"sensors/{FIRST}/motion", f"heartbeats/{FIRST}"):
                await seen.publish(topic, payload)
        await seen.publish(f"sensors/{FIRST}/alarm", alarm(now_ms - 10_500))
        await wait_until_async(lambda: OLD_NEWS in house.second.log, "the late one is heard, and left alone")
        house.second.kill()  # and all of it once more, as what the broker remembers
        house.second.start()
        await seen.wait_for(f"results/{SECOND}/servo", 2)
        await house.shows(SECOND, "alarm", state="armed")
        assert not house.sounded(SECOND)
        assert {body["target_deg"] for body in seen.on(f"states/{SECOND}/servo")} == {0.0}
        assert [state for _, state, _ in changes(house.second.folder)] == ["armed"]
        assert "Traceback" not in house.second.log
        await house.first.trigger("motion")
        await house.shows(SECOND, "siren", state="on")


async def test_what_waited_in_a_frozen_agent_moves_and_sounds_nothing_when_it_is_thawed(site):
    async with site() as house:
        until = time.monotonic() + 5.5
        house.second.freeze()
        await house.first.trigger("motion")
        await pause(until)
        house.second.thaw()
        await wait_until_async(lambda: OLD_NEWS in house.second.log, "it is heard, and left alone")
        assert not house.sounded(SECOND)
        assert house.last(SECOND, "servo")["target_deg"] == 0.0


async def test_what_waited_in_a_frozen_broker_moves_and_sounds_nothing_when_it_is_thawed(site, mosquitto):
    async with site() as house:
        until = time.monotonic() + 10.5
        mosquitto.freeze()
        await house.first.trigger("motion")
        await pause(until)
        mosquitto.thaw()
        await house.shows(FIRST, "siren", state="on", within_s=15)
        assert not house.sounded(SECOND)
        assert house.last(SECOND, "servo")["target_deg"] == 0.0


async def test_halves_of_a_split_house_that_were_set_differently_agree_within_five_seconds_of_meeting(site, tmp_path, mosquitto):
    other = RunningBroker("mosquitto", tmp_path / "other-broker", port=free_port())
    link = Link("second", mosquitto.port)
    await link.start()
    try:
        async with site(ports={FIRST: mosquitto.port, SECOND: link.port}) as house, listener(other.address) as apart:
            link.target_port = other.port
            link.cut()
            await apart.wait_for(f"heartbeats/{SECOND}")
            now_ms = int(time.time() * 1000)
            await house.seen.publish("site/mode", {"mode": "active", "stamp": [now_ms, 0, "a"]}, retain=True)
            await apart.publish("site/mode", {"mode": "surveillance", "stamp": [now_ms + 1, 0, "b"]}, retain=True)
            await house.shows(FIRST, "alarm", mode="active")
            await wait_until_async(
                lambda: apart.on(f"states/{SECOND}/alarm")[-1]["mode"] == "surveillance", "the other half is armed"
            )
            link.target_port = mosquitto.port
            met_at = time.monotonic()
            link.cut()
            for device in (FIRST, SECOND):
                await house.shows(device, "alarm", mode="surveillance", within_s=5.0 - (time.monotonic() - met_at))
            await wait_until_async(
                lambda: house.seen.on("site/mode")[-1]["stamp"] == [now_ms + 1, 0, "b"], "and the broker shows it"
            )
            assert "disarmed" not in {state for _, state, _ in changes(house.second.folder)}
    finally:
        await link.close()
        other.stop()
