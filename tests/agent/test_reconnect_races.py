"""Links that are cut, delayed and torn at any instant of a trip: other sirens sound for what is fresh, and for nothing else.

VIGIE_RACES=1000 for more of them.
"""

import asyncio
import os
import random
import re
import time
from contextlib import AsyncExitStack

import pytest

from tests.agent.guarding import events, write_configuration
from tests.agent.running import listener
from tests.chaos.links import Link
from tests.waiting import wait_until_async
from vigie.domain.freshness import FRESH_FOR_S
from vigie.protocol.alarm import ALARM

RACES = int(os.environ.get("VIGIE_RACES", "12"))
FIRST, *OTHERS = (f"raspberry-{number:02}" for number in range(1, 8 if RACES > 100 else 4))
TEXT = "[alarm]\nalarm_s = 0.2\n"
HEARD = re.compile(r"heard alarm=triggered of=raspberry-01 event=(\S+)\s")
POLL_S = 0.02


@pytest.fixture
async def links(mosquitto):
    async with AsyncExitStack() as stack:
        made = {}
        for device in (FIRST, *OTHERS):
            made[device] = Link(device, mosquitto.port)
            await made[device].start()
            stack.push_async_callback(made[device].close)
        yield made


async def disturb(link, dice):
    """Something happens to a link, within half a second around the trip. (The waits are the race, not a wait for anything.)"""
    await asyncio.sleep(dice.uniform(0, 0.3))
    what = dice.choice(["cut", "delay", "half a packet", "lost answers", "nothing"])
    if what == "cut":
        link.cut()
    elif what == "delay":
        link.delay_s = dice.uniform(0, 0.4)
    elif what == "half a packet":
        link.cut_after_bytes = dice.randrange(1, 400)
    elif what == "lost answers":
        link.loses_answers = True
    await asyncio.sleep(dice.uniform(0, 0.3))
    link.heal()


async def hold_up(agent, links):
    """A trip that the network holds for longer than news are news."""
    links[FIRST].delay_s = FRESH_FOR_S + 0.3
    await agent.trigger()
    await asyncio.sleep(FRESH_FOR_S + 1.0)
    links[FIRST].heal()


async def watch(agents, heard):
    """Notes when an agent says that it acts upon which event: (device, event id) -> monotonic."""
    while True:
        for device in OTHERS:
            for event_id in HEARD.findall(agents[device].log):
                heard.setdefault((device, event_id), time.monotonic())
        await asyncio.sleep(POLL_S)


async def test_other_sirens_sound_for_fresh_trips_only(start_agent, tmp_path, mosquitto, links):
    dice = random.Random(RACES)
    agents, heard = {}, {}
    for device, link in links.items():
        config = write_configuration(tmp_path / f"{device}.toml", TEXT)
        agents[device] = start_agent(device, f"127.0.0.1:{link.port}", config=config)
    async with listener(mosquitto.address, "status/#") as seen:
        await seen.publish("site/mode", {"mode": "night", "stamp": [int(time.time() * 1000), 0, "test"]}, retain=True)
        for agent in agents.values():
            await wait_until_async(lambda agent=agent: "alarm=armed" in agent.log, "it is armed")

        def is_online(device):
            return (seen.on(f"status/{device}") or [{}])[-1].get("state") == "online"

        watching = asyncio.create_task(watch(agents, heard))
        trips = -(-RACES // len(OTHERS))
        for number in range(trips):
            await wait_until_async(lambda: is_online(FIRST) and any(map(is_online, OTHERS)), "two are there", within_s=30)
            await asyncio.gather(agents[FIRST].trigger(), *(disturb(link, dice) for link in links.values()))
            if number % 40 == 39:
                await wait_until_async(lambda: is_online(FIRST), "the first is there", within_s=30)
                await hold_up(agents[FIRST], links)
        watching.cancel()
    happened_at = {
        event.draft.id: event.draft.mono_ms / 1000 for event in events(agents[FIRST].folder) if event.draft.type == ALARM
    }
    ages_s = [at - happened_at[event_id] for (_, event_id), at in heard.items()]
    print(f"{trips * len(OTHERS)} races: heard {len(ages_s)} times, the oldest {max(ages_s):.2f} s after the trip")
    assert len(ages_s) >= trips // 2, "or this test tests nothing"
    assert max(ages_s) <= FRESH_FOR_S
    for device in OTHERS:
        lines = HEARD.findall(agents[device].log)
        assert len(lines) == len(set(lines)), "each is acted upon once"
        assert "Traceback" not in agents[device].log
