"""A real Pi whose card fills while it records: its events and its alarm go on, and the page says which clip went, and why."""

import time

import aiohttp
import pytest

from tests.agent.guarding import write_configuration
from tests.agent.running import RunningAgent, listener
from tests.bridge.programs import Page, Programs
from tests.small_disk import SmallDisk
from tests.waiting import wait_until_async
from vigie.protocol.states import Mode, ModeRecord

DEVICE = "raspberry-01"
CAMERA = """
[camera]
source = "synthetic"
width = 320
height = 180
fps = 8
min_free_bytes = 12000000
[zones.motion]
record_s = 5
"""


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk", 24 * 2**20) as made:
        yield made


@pytest.fixture
def start(disk, mosquitto, tmp_path):
    started = []

    def start_():
        config = write_configuration(tmp_path / "agent.toml", CAMERA)
        started.append(RunningAgent(tmp_path / DEVICE, mosquitto.address, DEVICE, config=config, disk=disk))
        return started[-1]

    yield start_
    for agent in started:
        agent.stop()


def newest(seen, topic):
    return (seen.on(topic) or [{}])[-1]


def faults(seen):
    return {name for name in newest(seen, f"heartbeats/{DEVICE}").get("faults", ()) if name.startswith("camera:")}


async def until_camera(seen, what, **expected):
    await wait_until_async(lambda: expected.items() <= newest(seen, f"states/{DEVICE}/camera").items(), what, within_s=30)


async def test_events_and_alarm_go_on_and_the_page_says_why_a_clip_went(disk, start, mosquitto, tmp_path):
    async with listener(mosquitto.address) as seen:
        mode = ModeRecord(mode=Mode.SURVEILLANCE, stamp=(int(time.time() * 1000), 0, "test"), changed_by="ann")
        await seen.publish("site/mode", mode.model_dump_json().encode(), retain=True)
        agent = start()
        await until_camera(seen, "pictures come", state="ok")
        await seen.publish(f"commands/{DEVICE}/record", {"action": "start", "duration_s": 30})
        (result,) = await seen.wait_for(f"results/{DEVICE}/record")
        await until_camera(seen, "it records", recording=result["clip_id"])
        disk.fill()
        await wait_until_async(lambda: faults(seen) == {"camera:disk_full"}, "it is a trouble", within_s=20)
        began = time.monotonic()
        await agent.trigger()
        (detected,) = [body for body in await seen.wait_for(f"sensors/{DEVICE}/motion") if body["state"] == "detected"]
        assert time.monotonic() - began < 1
        assert detected["decision"]["alert"]
        assert detected["decision"]["effects"] == [
            {"siren_s": 60.0},
            {"record_s": 5.0, "done": False, "reason": "the card is full"},
        ]
        await wait_until_async(lambda: newest(seen, f"states/{DEVICE}/siren").get("state") == "on", "the siren sounds")
        clips = await seen.wait_for(f"sensors/{DEVICE}/clip", 3)
        assert [(clip["state"], clip.get("reason")) for clip in clips] == [
            ("started", None),
            ("finished", None),
            ("deleted", "disk_low"),
        ]
        assert {clip["clip_id"] for clip in clips} == {result["clip_id"]}
        disk.free()
        await wait_until_async(lambda: not faults(seen), "the trouble is over", within_s=30)
        await wait_until_async(lambda: len(seen.on(f"sensors/{DEVICE}/clip")) > 3, "what was wanted is recorded", within_s=20)
        again = seen.on(f"sensors/{DEVICE}/clip")[3]["clip_id"]
        await the_page_says(mosquitto, tmp_path, gone=result["clip_id"], kept=again)
    assert "Traceback" not in agent.log


async def the_page_says(mosquitto, folder, *, gone, kept):
    """Bridge and server come last: so the clip had to go before the server had any of it."""
    programs = Programs(mosquitto, folder)
    try:
        async with aiohttp.ClientSession(programs.url) as http:
            page = Page(http)

            async def is_told():
                shown = {one["id"]: one for one in await page.recordings()}
                return (
                    shown.keys() == {gone, kept}
                    and (shown[gone]["state"], shown[gone]["deleted_reason"]) == ("deleted", "disk_low")
                    and shown[kept]["state"] == "finished"
                )

            await page.until(is_told, "one is kept, the other is gone, with the reason", within_s=90)
    finally:
        await programs.stop()
