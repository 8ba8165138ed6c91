"""On a site that names its writers nobody else arms or disarms it, and every Pi carries a signed mode on."""

import pytest

from tests.agent.running import listener
from tests.waiting import wait_until, wait_until_async
from vigie.protocol.states import ModeRecord
from vigie.runtime.mode_keys import ModeKey

SERVER = ModeKey(b"s" * 32)
CONFIG = f"""
device_id = "raspberry-01"
[sensors.motion]
pin = 17
[site]
mode_writers = {{ server = "{SERVER.public}" }}
"""


def signed(mode, stamp_ms, key=SERVER):
    record = ModeRecord(mode=mode, stamp=(stamp_ms, 0, "server"), changed_by="ann")
    return (key.sign(record) if key else record).model_dump_json().encode()


@pytest.fixture
def agent(start_agent, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG)
    return start_agent(config=config)


async def test_what_is_not_signed_changes_nothing_and_what_is_comes_back(agent, mosquitto):
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("site/mode", signed("surveillance", 1_790_000_000_000), retain=True)
        await wait_until_async(lambda: "alarm=armed" in agent.log, "the writer's word is obeyed")
        for forged in (
            signed("active", 1_790_000_000_009, None),
            signed("active", 1_790_000_000_009, ModeKey(b"t" * 32)),
            b'{"mode": "active"}',
        ):
            seen.messages.clear()
            await seen.publish("site/mode", forged, retain=True)
            await wait_until_async(lambda: seen.on("site/mode")[-1]["mode"] == "surveillance", "the signed one is put back")
        assert "fault=mode_refused" in agent.log
        assert "alarm=disarmed" not in agent.log
        await seen.publish("site/mode", signed("active", 1_790_000_000_010), retain=True)
        await wait_until_async(lambda: "alarm=disarmed" in agent.log, "the writer disarms")
        assert "fault=mode_refused is over" in agent.log


def test_a_pi_whose_key_is_lost_guards_all_the_same_and_says_so(start_agent, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text(f'{CONFIG}mode_key_file = "{tmp_path / "lost.key"}"\n')
    agent = start_agent(config=config)
    wait_until(lambda: "fault=mode_key" in agent.log, "it says so")
    assert agent.stop() == 0


async def test_a_signed_mode_is_given_to_an_empty_broker(agent, mosquitto):
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("site/mode", signed("night", 1_790_000_000_000), retain=True)
        await wait_until_async(lambda: "mode=night" in agent.log, "it has it")
    mosquitto.restart()
    async with listener(mosquitto.address) as seen:
        (back,) = await seen.wait_for("site/mode")
        assert back == ModeRecord.model_validate_json(signed("night", 1_790_000_000_000)).model_dump(mode="json")
