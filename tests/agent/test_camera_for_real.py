"""The agent as a process, its real camera process with synthetic pictures, and a broker: what an owner would see."""

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from tests.agent.guarding import events, keep_mode, write_configuration
from tests.agent.running import CAMERA, listener
from tests.processes import is_stopped
from tests.waiting import wait_until, wait_until_async
from vigie.protocol.states import Mode

DEVICE = "raspberry-01"


@pytest.fixture
def filming(start_agent, tmp_path):
    def start(text: str = CAMERA, mode: Mode = Mode.SURVEILLANCE):
        keep_mode(tmp_path / DEVICE, mode)
        return start_agent(config=write_configuration(tmp_path / "agent.toml", text))

    return start


async def ok(seen):
    await wait_until_async(
        lambda: (seen.on(f"states/{DEVICE}/camera") or [{}])[-1].get("state") == "ok", "pictures come", within_s=15
    )


async def test_it_records_on_command_and_the_bridge_is_told_where(filming, mosquitto, tmp_path):
    filming()
    async with listener(mosquitto.address) as seen:
        await ok(seen)
        await seen.publish(f"commands/{DEVICE}/record", {"action": "start", "duration_s": 2, "command_id": "c1"})
        (result,) = await seen.wait_for(f"results/{DEVICE}/record")
        assert result["status"] == "done"
        await seen.publish(f"commands/{DEVICE}/snapshot", {})
        (still,) = await seen.wait_for(f"results/{DEVICE}/snapshot")
        events = await seen.wait_for(f"sensors/{DEVICE}/clip", 2)
        assert [(event["clip_id"], event["state"]) for event in events] == [
            (result["clip_id"], "started"),
            (result["clip_id"], "finished"),
        ]
        assert (tmp_path / DEVICE / "media" / f"{result['clip_id']}.ts").stat().st_size > 1000
        assert (tmp_path / DEVICE / "media" / f"{still['still_id']}.jpg").exists()
        media = seen.on(f"states/{DEVICE}/media")[-1]
        request = urllib.request.Request(f"{media['url']}/media", headers={"Authorization": f"Bearer {media['token']}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert result["clip_id"] in answer.read().decode()


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_the_camera_dies_with_the_agent_also_one_that_stands_still(filming, mosquitto, is_frozen):
    agent = filming()
    async with listener(mosquitto.address) as seen:
        await ok(seen)
    pid = agent.camera_pid
    assert pid is not None
    if is_frozen:
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: is_stopped(pid), "it stands still")  # each of its threads
    agent.kill()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the camera is gone", within_s=8)


def on_card(folder):
    """What the card's own records say, the oldest first."""
    return [json.loads(path.read_text()) for path in sorted((folder / "media").glob("*.json"))]


async def test_a_trip_turns_the_picture_and_is_recorded_under_its_event(filming, mosquitto, tmp_path):
    agent = filming(f'{CAMERA}\n[zones.motion]\npreset = "door"\nrecord_s = 3\n')
    async with listener(mosquitto.address) as seen:
        await ok(seen)
        await agent.trigger()
        (event,) = [body for body in await seen.wait_for(f"sensors/{DEVICE}/motion") if body["state"] == "detected"]
        assert event["decision"]["effects"] == [{"siren_s": 60.0}, {"preset": "door"}, {"record_s": 3.0}]
        await wait_until_async(
            lambda: (seen.on(f"sensors/{DEVICE}/clip") or [{}])[-1].get("state") == "finished", "the clip is finished", within_s=20
        )
        finished = seen.on(f"sensors/{DEVICE}/clip")[-1]
        assert finished["cause"] == {"kind": "alarm", "event_id": event["meta"]["id"], "zone": "motion"}
        media = [card["media"] for card in on_card(tmp_path / DEVICE)]
        assert {one["cause"]["event_id"] for one in media} == {event["meta"]["id"]}
        assert sorted(one["kind"] for one in media) == ["clip", "still", "still"]
        assert [one.get("preset") for one in media if one["kind"] == "still"] == [None, "door"]


async def test_what_an_agent_that_was_killed_recorded_is_told_once_by_the_next_one(filming, mosquitto, tmp_path):
    agent = filming()
    async with listener(mosquitto.address) as seen:
        await ok(seen)
        await seen.publish(f"commands/{DEVICE}/record", {"action": "start", "duration_s": 60})
        (started,) = await seen.wait_for(f"sensors/{DEVICE}/clip")
        agent.kill()
        for number in range(2):
            agent.start()
            await wait_until_async(
                lambda number=number: len([body for body in seen.on(f"status/{DEVICE}") if body["state"] == "online"]) > number + 1,
                "it is back",
            )
            await wait_until_async(lambda: len(clips(tmp_path / DEVICE)) == 2, "both are in the log", within_s=15)
            await agent.trigger()
            agent.kill()
        assert clips(tmp_path / DEVICE) == [(started["clip_id"], "started"), (started["clip_id"], "finished")]


async def test_a_lens_that_looks_elsewhere_is_a_fault_until_the_owner_says_that_it_is_right(filming, mosquitto, tmp_path):
    agent = filming()
    file = tmp_path / DEVICE / "views.json"
    async with listener(mosquitto.address) as seen:
        await ok(seen)
        await seen.publish(f"commands/{DEVICE}/servo", {"preset": "door"})
        await wait_until_async(file.exists, "it has learnt what it sees there", within_s=20)
        agent.kill()
        kept = json.loads(file.read_text())
        for key in ("accepted", "followed"):  # the mount was turned while nobody looked
            kept["views"][0][key] = kept["views"][0][key][::-1]
        file.write_text(json.dumps(kept))
        agent.start()
        await wait_until_async(lambda: "camera:moved:door" in faults(seen), "it is a fault", within_s=30)
        await wait_until_async(
            lambda: seen.on(f"states/{DEVICE}/camera")[-1]["fault"] == "camera:moved:door", "the camera's own state says so too"
        )
        await seen.publish(f"commands/{DEVICE}/snapshot", {"reference": True})
        (result,) = await seen.wait_for(f"results/{DEVICE}/snapshot")
        assert result["status"] == "done"
        await wait_until_async(lambda: "camera:moved:door" not in faults(seen), "it is over", within_s=10)


def faults(seen):
    return (seen.on(f"states/{DEVICE}/health") or [{"faults": []}])[-1]["faults"]


def clips(folder):
    return [(event.draft.body["clip_id"], event.draft.body["state"]) for event in events(folder) if event.draft.type == "clip"]
