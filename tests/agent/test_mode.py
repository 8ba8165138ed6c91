"""Agents carry the site's mode on: across restarts, to an empty broker, and for whoever wrote it by hand."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.agent.arrivals import Doubts
from tests.agent.running import listener
from tests.waiting import wait_until_async
from vigie.agent.health import WallClock
from vigie.agent.mode import VALUE_NAME, ModeKeeper
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Identity, Message, connect

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


@pytest.fixture
def keeper(event_log, clock):
    return make_keeper(event_log, clock)


def make_keeper(event_log, clock, *, synced=True):
    saved = event_log.saved.values.get(VALUE_NAME)
    wall, doubts = WallClock(clock, lambda: synced), Doubts()
    made = ModeKeeper("raspberry-01", event_log, wall, clock, arrivals=doubts, saved=saved, jitter=lambda: 0.0)
    made.doubts = doubts
    made.told = []
    made.on_change = lambda record, _is_live: made.told.append(record)
    return made


def message(body, *, retain=False):
    return Message("site/mode", ModeRecord.model_validate(body).model_dump_json().encode(), 1, retain, False, 1)


def test_a_change_made_here_is_obeyed_at_once_says_who_and_is_kept(keeper, event_log, clock):
    keeper.set(Mode.NIGHT, changed_by="key_switch", changed_from="key_switch raspberry-01")
    (record,) = keeper.told
    assert record == keeper.record
    assert (record.mode, record.changed_by, record.changed_from) == (Mode.NIGHT, "key_switch", "key_switch raspberry-01")
    assert record.changed_at == clock.now()
    assert make_keeper(event_log, clock).record == record, "also after a restart"


def test_disarming_here_ends_what_was_bypassed(keeper):
    keeper.hear(message({"mode": "surveillance", "stamp": (1, 0, "server"), "bypass": ["raspberry-01/button"]}))
    assert keeper.record.bypass == ("raspberry-01/button",)
    keeper.set(Mode.NIGHT, changed_by="key_switch", changed_from="here")
    assert keeper.record.bypass == ("raspberry-01/button",)
    keeper.set(Mode.ACTIVE, changed_by="key_switch", changed_from="here")
    assert keeper.record.bypass == ()


def test_one_who_does_not_know_the_time_says_no_time_and_is_newer_all_the_same(event_log, clock):
    keeper = make_keeper(event_log, clock, synced=False)
    keeper.hear(message(AWAY))
    clock.set_wall(datetime(1970, 1, 1, tzinfo=UTC))
    keeper.set(Mode.ACTIVE, changed_by="key_switch", changed_from="here")
    assert keeper.record.changed_at is None
    assert list(keeper.record.stamp) > AWAY["stamp"]


@pytest.mark.parametrize(("retain", "mode"), [(False, Mode.NIGHT), (True, Mode.SURVEILLANCE)], ids=["live", "out of memory"])
def test_one_written_by_hand_counts_only_as_it_is_written(keeper, retain, mode):
    keeper.hear(message(AWAY))
    keeper.hear(message({"mode": "night"}, retain=retain))
    assert keeper.record.mode is mode


def test_one_written_by_hand_that_may_have_waited_in_the_broker_changes_nothing(keeper):
    keeper.hear(message(AWAY))
    keeper.doubts.doubt = "it was frozen"
    keeper.hear(message({"mode": "active"}))
    assert keeper.record.mode is Mode.SURVEILLANCE
    keeper.hear(message({**AWAY, "mode": "night", "stamp": [AWAY["stamp"][0], 1, "server"]}))
    assert keeper.record.mode is Mode.NIGHT, "a stamp says itself which is newer"


async def test_a_key_turned_without_a_broker_is_told_as_soon_as_there_is_one(event_log, mosquitto):
    keeper = make_keeper(event_log, SystemClock())
    async with listener(mosquitto.address) as seen:
        await seen.publish("site/mode", AWAY, retain=True)
        keeper.set(Mode.NIGHT, changed_by="key_switch", changed_from="here")
        async with connect(BrokerSettings(url=mosquitto.address), Identity("keeper")) as connection:
            task = asyncio.create_task(keeper.run(connection))
            keeper.hear(message(AWAY, retain=True))
            assert (await shown(seen, "night"))["changed_from"] == "here"
            keeper.set(Mode.ACTIVE, changed_by="key_switch", changed_from="here")
            await shown(seen, "active", within_s=1)
            task.cancel()


async def test_a_mode_written_by_hand_while_a_pi_was_away_does_not_disarm_it(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("site/mode", AWAY, retain=True)
        await wait_until_async(lambda: "mode=surveillance" in agent.log, "the agent has it")
        assert agent.stop() == 0
        await seen.publish("site/mode", {"mode": "active"}, retain=True)
        agent.start()
        assert (await shown(seen, "surveillance"))["stamp"] == AWAY["stamp"]
        assert "mode=active" not in agent.log
