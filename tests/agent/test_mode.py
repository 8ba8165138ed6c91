"""Agents carry the site's mode on: across restarts, to an empty broker, and for whoever wrote it by hand."""

from tests.agent.running import listener
from tests.waiting import wait_until_async

AWAY = {"mode": "surveillance", "stamp": [1_790_000_000_000, 0, "server"], "changed_by": "ann"}


async def shown(seen, mode, within_s=8.0):
    def newest():
        bodies = [body for body in seen.on("site/mode") if isinstance(body, dict)]
        return bodies and bodies[-1].get("stamp", [0])[0] > 0 and bodies[-1]["mode"] == mode and bodies[-1]

    return await wait_until_async(newest, f"site/mode shows {mode}, stamped", within_s=within_s)


async def test_an_empty_broker_gets_the_mode_back_also_after_a_restart(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("site/mode", AWAY, retain=True)
        await wait_until_async(lambda: "mode=surveillance" in agent.log, "the agent has it")
        assert agent.stop() == 0
    mosquitto.restart()
    async with listener(mosquitto.address) as seen:
        agent.start()
        assert (await shown(seen, "surveillance"))["stamp"] == AWAY["stamp"]


async def test_an_older_record_is_put_right_and_a_broken_one_ignored(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("site/mode", AWAY, retain=True)
        await wait_until_async(lambda: "mode=surveillance" in agent.log, "the agent has it")
        await seen.publish("site/mode", b"{}", retain=True)
        await seen.publish("site/mode", [1, 2], retain=True)
        await seen.publish("site/mode", {"mode": "party", "stamp": [9, 9, "x"]}, retain=True)
        await seen.publish("site/mode", {"mode": "active", "stamp": [1_700_000_000_000, 0, "old"]}, retain=True)
        assert (await shown(seen, "surveillance"))["changed_by"] == "ann"


async def test_a_mode_written_by_hand_is_stamped_and_both_pis_agree(start_agent, mosquitto):
    agents = [start_agent(device) for device in ("raspberry-01", "raspberry-02")]
    async with listener(mosquitto.address) as seen:
        for device in ("raspberry-01", "raspberry-02"):
            await seen.wait_for(f"status/{device}")
        await seen.publish("site/mode", {"mode": "night"}, retain=True)
        assert (await shown(seen, "night"))["changed_by"] == "mqtt"
        await wait_until_async(lambda: all("mode=night" in agent.log for agent in agents), "both obey it")
        await seen.publish("site/mode", b"", retain=True)
        await shown(seen, "night")
