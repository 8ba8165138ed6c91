"""Accepted events reach whoever acknowledges them, whatever dies in between. Real agent, real Mosquitto."""

import json
import signal
import time

from tests.agent.running import listener
from tests.waiting import wait_until_async
from vigie.agent.log_file import read_events


async def drive(agent, pulses: int) -> list[tuple[str, int]]:
    """Triggers a sensor; the accepted events by (stream_id, seq)."""
    return [(event["stream_id"], event["seq"]) for _ in range(pulses) for event in await agent.trigger("motion", 0.01)]


def logged(agent) -> list[tuple[str, int]]:
    return [(event.stream_id, event.seq) for event in read_events(agent.folder / "events.sqlite")]


async def arrived(seen, accepted, within_s: float = 30.0):
    await wait_until_async(lambda: set(accepted) <= set(seen.events()), "every accepted event has arrived", within_s=within_s)


async def test_live_events_come_at_once_in_order_and_once(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address, "sensors/#", "status/#") as seen:
        await seen.wait_for("status/raspberry-01")
        accepted = await drive(agent, 5)
        await arrived(seen, accepted, within_s=2)
        assert seen.events() == accepted
        first = seen.on("sensors/raspberry-01/motion")[0]
        assert list(first) == ["state", "confidence", "duration_ms", "decision", "meta"]
        assert (first["state"], first["confidence"], first["duration_ms"]) == ("detected", 0.95, 0)
        assert first["meta"].keys() >= {"v", "id", "stream_id", "seq", "boot_id", "mono_ms", "occurred_at", "clock"}
        assert [number for _, number in logged(agent)] == list(range(1, 11))


async def test_events_accepted_without_a_broker_come_as_replays_and_never_live(start_agent, mosquitto):
    agent = start_agent()
    mosquitto.kill()
    accepted = await drive(agent, 3)
    await wait_until_async(lambda: "connection to the broker lost" in agent.log or "no broker" in agent.log, "the loss is seen")
    # 6 s old news: too old for `sensors/`. Waiting for it is the point of the test.
    await wait_until_async(lambda: _age_s(agent) > 6, "the events are old", within_s=10)
    mosquitto.start()
    async with listener(mosquitto.address, acknowledges=True) as seen:
        await arrived(seen, accepted)
        assert not seen.on("sensors/raspberry-01/motion")
        page = seen.on("replays/raspberry-01")[0]
        assert all(item["age_ms"] >= 5000 and item["sensor"] == "motion" for item in page["events"])
        await wait_until_async(
            lambda: (seen.on("heartbeats/raspberry-01") or [{}])[-1].get("log_depth") == 0, "all is acknowledged", within_s=25
        )
        assert sorted(seen.events()) == sorted(accepted)


def _age_s(agent) -> float:
    *_, last = read_events(agent.folder / "events.sqlite")
    return time.monotonic() - last.draft.mono_ms / 1000


async def test_kill_9_between_commit_and_publish_loses_nothing(start_agent, mosquitto):
    agent = start_agent()
    mosquitto.freeze()  # what is accepted now cannot be published
    accepted = await drive(agent, 4)
    agent.kill()
    mosquitto.thaw()
    assert logged(agent) == accepted
    agent.start()
    async with listener(mosquitto.address, acknowledges=True) as seen:
        await seen.wait_for("heartbeats/raspberry-01", within_s=15)
        accepted += await drive(agent, 1)
        await arrived(seen, accepted)
        assert [seq for _, seq in accepted] == list(range(1, 11))


async def test_a_restarted_broker_loses_nothing_and_nothing_is_repeated_live(start_agent, mosquitto):
    agent = start_agent()
    stored: dict[str, set[int]] = {}
    async with listener(mosquitto.address, acknowledges=True, stored=stored) as seen:
        accepted = await drive(agent, 3)
        await arrived(seen, accepted)
        mosquitto.kill()
        before = list(seen.messages)
    accepted += await drive(agent, 3)
    mosquitto.start()
    async with listener(mosquitto.address, acknowledges=True, stored=stored) as seen:
        seen.messages.extend(before)
        accepted += await drive(agent, 3)
        await arrived(seen, accepted)
        live = [json.loads(message.payload)["meta"]["seq"] for message in seen.messages if message.topic.startswith("sensors/")]
        assert len(live) == len(set(live))
        assert logged(agent) == accepted
        for part in ("motion", "button", "servo", "siren", "alarm", "health"):
            await seen.wait_for(f"states/raspberry-01/{part}")
        assert (await seen.wait_for("status/raspberry-01"))[-1]["state"] == "online"


async def test_a_frozen_broker_does_not_stop_the_guard_and_gets_everything_later(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address, acknowledges=True) as seen:
        await seen.wait_for("heartbeats/raspberry-01", within_s=15)
        mosquitto.freeze()
        accepted = await drive(agent, 5)  # returns: committed, although nobody takes them
        mosquitto.thaw()
        await arrived(seen, accepted)


async def test_heartbeats_follow_new_events_within_moments(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address, "heartbeats/#") as seen:
        before = len(await seen.wait_for("heartbeats/raspberry-01", within_s=15))
        accepted = await drive(agent, 1)
        await wait_until_async(
            lambda: any(body["last_seq"] == len(accepted) for body in seen.on("heartbeats/raspberry-01")[before:]),
            "it says so",
            within_s=4,
        )


async def test_a_damaged_log_is_set_aside_and_a_new_stream_begins(start_agent, mosquitto):
    agent = start_agent()
    (old_stream, _), *_ = await drive(agent, 1)
    agent.process.send_signal(signal.SIGTERM)
    agent.process.wait(10)
    (agent.folder / "events.sqlite").write_bytes(b"no database " * 1000)
    agent.start()
    (new_stream, _), *_ = await drive(agent, 1)
    assert new_stream != old_stream
    assert logged(agent)[0] == (new_stream, 1)
    assert list(agent.folder.glob("events.sqlite.corrupt-1"))
    async with listener(mosquitto.address, "heartbeats/#") as seen:
        assert "log_corrupt" in (await seen.wait_for("heartbeats/raspberry-01", within_s=15))[0]["faults"]
