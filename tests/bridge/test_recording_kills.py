"""`kill -9` of camera, agent and bridge at any moment of recording and upload, all of them real: what was on the card before the
kill plays, no clip is lost, none is there twice, every hash is right.

`VIGIE_KILLS=200` kills more often and takes twenty minutes; `-s` shows the figures.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.agent.guarding import events, keep_mode, write_configuration
from tests.agent.running import Listener, RunningAgent, listener
from tests.bridge.card_ledger import CardLedger
from tests.bridge.card_verdict import Verdict
from tests.bridge.programs import KILLS, SEED, Page, Programs
from tests.brokers import RunningBroker
from tests.processes import is_stopped, open_files
from tests.waiting import wait_until_async
from vigie.protocol.states import Mode

DEVICE = "raspberry-01"
CAMERA = """
[camera]
source = "synthetic"
width = 320
height = 180
fps = 8
pre_roll_s = 1
post_roll_s = 0.5
min_free_bytes = 1000000
[zones.motion]
record_s = 3
"""
VICTIMS = ("camera", "agent", "camera and agent", "bridge")
MAX_LIFE_S = 3.0
ASK_EVERY_S = 1.5
IN_THE_START = 0.15
"""How often the next kill comes while what was killed before is not back yet."""


@pytest.fixture
def agent(mosquitto: RunningBroker, tmp_path: Path) -> Iterator[RunningAgent]:
    folder = tmp_path / DEVICE
    keep_mode(folder, Mode.SURVEILLANCE)
    made = RunningAgent(folder, mosquitto.address, DEVICE, config=write_configuration(tmp_path / "agent.toml", CAMERA))
    yield made
    if made.process.poll() is None:
        made.kill()


class Nemesis:
    """Waits until something is recorded, then some more, and kills. The same seed kills the same."""

    def __init__(self, agent: RunningAgent, programs: Programs, ledger: CardLedger, seen: Listener) -> None:
        self._agent = agent
        self._programs = programs
        self._ledger = ledger
        self._seen = seen
        self._chance = random.Random(SEED)
        self._ask_at = 0.0
        self.kills: Counter[str] = Counter()

    async def strike(self) -> None:
        victim = self._chance.choice(VICTIMS)
        if self._chance.random() >= IN_THE_START:
            await wait_until_async(self._something_is_recorded, "something is recorded", within_s=90)
        await asyncio.sleep(self._chance.uniform(0, MAX_LIFE_S))  # the moment of the kill, not a wait for something
        camera = self._agent.camera_pid
        if victim == "bridge":
            self._ledger.note()
            await self._programs.kill("bridge")
        elif camera is None or victim == "agent":
            victim = "agent"
            self._ledger.note()
            await self._kill_agent()
        else:
            await self._kill_camera(camera, and_agent=victim != "camera")
        self.kills[victim] += 1

    async def _kill_camera(self, pid: int, *, and_agent: bool) -> None:
        """It stands still while the card is noted: so not one byte comes after that."""
        os.kill(pid, signal.SIGSTOP)
        await wait_until_async(lambda: is_stopped(pid), "the camera stands still")
        self._ledger.note()
        os.kill(pid, signal.SIGKILL)
        if and_agent:
            await self._kill_agent()

    async def _kill_agent(self) -> None:
        await asyncio.to_thread(self._agent.kill)
        await asyncio.to_thread(self._agent.start)

    async def _something_is_recorded(self) -> bool:
        """Somebody walks past, or asks for it, until it is."""
        camera = self._agent.camera_pid
        if camera is not None and any(name.endswith(".ts.part") for name in open_files(camera)):
            return True
        if time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + ASK_EVERY_S
            if self._chance.random() < 0.5:
                await self._agent.trigger()
            else:
                order = {"action": "start", "duration_s": round(self._chance.uniform(1, 4), 1)}
                await self._seen.publish(f"commands/{DEVICE}/record", order)
        return False


async def test_kills_at_any_moment_of_a_recording_lose_nothing_that_was_on_the_card(
    mosquitto: RunningBroker, tmp_path: Path, agent: RunningAgent
):
    programs = Programs(mosquitto, tmp_path)
    ledger = CardLedger(agent.folder / "media", tmp_path / "ledger")
    try:
        async with listener(mosquitto.address, f"sensors/{DEVICE}/clip") as seen, aiohttp.ClientSession(programs.url) as http:
            nemesis = Nemesis(agent, programs, ledger, seen)
            for _ in range(KILLS):
                await nemesis.strike()
            ledger.note()
            page = Page(http)
            await page.until(lambda: all_is_quiet(page, ledger, agent), "all is on the server and told", within_s=60 + KILLS / 2)
            verdict = Verdict(ledger, await page.recordings(), [one for one in await page.events() if one["type"] == "clip"])
            for clip_id in sorted(verdict.finished):
                verdict.look_at(clip_id, await page.bytes(f"/api/recordings/{clip_id}/video"), tmp_path / "served.mp4")
            started = {body["clip_id"] for body in seen.on(f"sensors/{DEVICE}/clip") if body["state"] == "started"}
            verdict.look_at_events(started)
        agent.stop()
    finally:
        await programs.stop()
    print({"kills": dict(nemesis.kills), **verdict.figures})
    assert verdict.faults == [], (verdict.figures, agent.log[-3000:])
    assert "Traceback" not in agent.log + "".join(programs.log.values()), (agent.log, programs.log)
    assert programs.left_over() == []
    assert [path.name for path in ledger.card.iterdir() if path.suffix not in {".ts", ".jpg", ".json"}] == []


async def all_is_quiet(page: Page, ledger: CardLedger, agent: RunningAgent) -> bool:
    """Nothing is recorded, everything has been taken by the server, every event of a clip is in the history."""
    known = ledger.known()
    shown = {one["id"]: one["state"] for one in await page.recordings()}
    told = {event.draft.id for event in events(agent.folder) if event.draft.type == "clip"}
    stored = {one["id"] for one in await page.events()}
    return (
        all(kept["media"]["complete"] and kept["stored"] for kept in known.values())
        and all(shown.get(clip_id) == "finished" for clip_id in known)
        and all(state in {"finished", "deleted"} for state in shown.values())
        and all(f"{clip_id}.finished" in told for clip_id in known)
        and told <= stored
    )
