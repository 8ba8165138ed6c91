"""What bears no clock, commands and a mode by hand, a third party's sensor: obeyed at once, and never out of a frozen broker."""

import time

import pytest

from tests.agent.guarding import changes, write_configuration
from tests.agent.running import listener
from tests.chaos.links import Link
from tests.waiting import wait_until_async
from vigie.domain.promptness import PROMPT_WITHIN_S

DEVICE, BELL = "raspberry-01", "sensors/esp32-01/doorbell"
TEXT = """
[zones.motion]
confirm_by = ['esp32-01/doorbell']
confirm_within_s = 120
[[rules]]
when = 'esp32-01/doorbell'
modes = ['active', 'surveillance', 'night']
then = [{ servo = 'door' }, { siren_s = 30 }]
"""
FROZEN_S = PROMPT_WITHIN_S + 1.0


class House:
    def __init__(self, seen, agent):
        self.seen, self.agent = seen, agent

    def last(self, part):
        return (self.seen.on(f"states/{DEVICE}/{part}") or [{}])[-1]

    async def shows(self, part, within_s=10.0, **expected):
        await wait_until_async(lambda: expected.items() <= self.last(part).items(), f"{part} is {expected}", within_s=within_s)

    async def set_mode(self, mode):
        await self.seen.publish("site/mode", {"mode": mode, "stamp": [int(time.time() * 1000), 0, "test"]}, retain=True)
        await self.shows("alarm", mode=mode)

    async def by_hand(self, **options):
        """All that bears no clock, as it would arm, disarm, move and sound."""
        sent = (
            (f"commands/{DEVICE}/servo", {"direction": "left"}),
            (f"commands/{DEVICE}/siren", {"action": "on"}),
            (BELL, {"state": "on"}),
            ("site/mode", {"mode": "active"}),
        )
        for topic, body in sent:
            await self.seen.publish(topic, body, **options)

    def has_moved_nothing(self):
        return (
            not any(body["state"] == "on" for body in self.seen.on(f"states/{DEVICE}/siren"))
            and {body["target_deg"] for body in self.seen.on(f"states/{DEVICE}/servo")} == {0.0}
            and self.last("alarm")["mode"] == "surveillance"
        )


async def wait_for_time(until):
    await wait_until_async(lambda: time.monotonic() >= until, "the time has come", within_s=60)


@pytest.fixture
async def house(start_agent, tmp_path, mosquitto):
    """Reached through a link that can be held up."""
    link = Link(DEVICE, mosquitto.port)
    await link.start()
    agent = start_agent(DEVICE, f"127.0.0.1:{link.port}", config=write_configuration(tmp_path / "agent.toml", TEXT))
    async with listener(mosquitto.address) as seen:
        await seen.wait_for(f"status/{DEVICE}")
        made = House(seen, agent)
        made.link = link
        yield made
    await link.close()


async def test_from_the_moment_it_is_online_it_obeys_what_comes_by_hand(house):
    results = house.seen
    await house.seen.publish(f"commands/{DEVICE}/servo", {"direction": "left"})
    assert (await results.wait_for(f"results/{DEVICE}/servo", within_s=1.0))[0]["status"] == "done"
    await house.seen.publish(BELL, {"state": "on"})
    await house.shows("siren", within_s=1.0, state="on")
    await house.shows("servo", target_deg=-15)  # somebody has it in hand: the rule leaves it
    await house.seen.publish("site/mode", {"mode": "night"}, retain=True)
    await house.shows("alarm", within_s=1.0, mode="night")


@pytest.mark.parametrize("what", ["broker", "link"])
async def test_what_waited_moves_sounds_arms_and_disarms_nothing(house, mosquitto, what):
    await house.set_mode("surveillance")
    until = time.monotonic() + FROZEN_S
    if what == "broker":
        mosquitto.freeze()
        await house.by_hand(qos=0)
    else:
        house.link.delay_s = FROZEN_S
        await house.by_hand()
    await wait_for_time(until)
    if what == "broker":
        mosquitto.thaw()
    else:
        house.link.heal()
    for part in ("servo", "siren"):
        (result,) = await house.seen.wait_for(f"results/{DEVICE}/{part}")
        assert result["status"] == "expired"
        assert "nobody knows how old it is: the broker" in result["reason"]
    await wait_until_async(lambda: "not acted upon: esp32-01/doorbell" in house.agent.log, "the doorbell is heard")
    await wait_until_async(lambda: "mode written by hand is not obeyed" in house.agent.log, "so is the mode")
    await house.by_hand()  # just now, but nobody can tell
    await house.seen.wait_for(f"results/{DEVICE}/siren", 2)
    assert house.has_moved_nothing()
    await house.agent.trigger("motion")
    assert changes(house.agent.folder)[-1][1] == "armed", "the doorbell has confirmed nothing"
    await wait_until_async(lambda: house.seen.on("site/mode")[-1]["mode"] == "surveillance", "the broker shows what stands")

    async def is_done():
        count = len(house.seen.on(f"results/{DEVICE}/servo"))
        await house.seen.publish(f"commands/{DEVICE}/servo", {"direction": "left"})
        return (await house.seen.wait_for(f"results/{DEVICE}/servo", count + 1))[-1]["status"] == "done"

    await wait_until_async(is_done, "it is steered again", within_s=3 * FROZEN_S)
