"""What the event log's own decisions look like on the broker: a gap that it had to tell, times that it filled in later."""

import asyncio
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta

from tests.agent.running import listener
from tests.agent.test_event_log import draft
from tests.waiting import wait_until_async
from vigie.agent.device import Device
from vigie.agent.link import Link
from vigie.agent.log_file import LogFile
from vigie.agent.pins import mock_factory
from vigie.agent.settings import AgentSettings
from vigie.protocol.events import ClockQuality, from_sensor_payload
from vigie.protocol.gaps import Gap, GapReason
from vigie.protocol.topics import DeviceTopic
from vigie.runtime.clock import SystemClock

MAX_EVENTS = 1000
FULL_CONFIG = f"""
device_id = "raspberry-01"
[log]
max_events = {MAX_EVENTS}
[sensors.motion]
pin = 17
"""


async def test_a_full_log_takes_new_events_and_publishes_the_gap_that_they_cost(start_agent, mosquitto, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text(FULL_CONFIG)
    with closing(LogFile(tmp_path / "raspberry-01" / "events.sqlite")) as file:
        types = ("motion_detected", "motion_ended")
        file.append([draft(number, type_=types[number % 2]) for number in range(MAX_EVENTS)])
    agent = start_agent(config=config)
    async with listener(mosquitto.address, "sensors/#", "status/#") as seen:
        await seen.wait_for("status/raspberry-01")
        triggered = await agent.trigger()
        payload = (await seen.wait_for("sensors/raspberry-01/gap"))[0]
    event = from_sensor_payload(
        DeviceTopic("sensors", "raspberry-01", "gap"), payload, received_at=datetime.now(UTC), new_id="unused"
    )
    assert (event.sensor, event.type) == ("gap", "gap")
    agent.stop()
    with closing(LogFile(agent.folder / "events.sqlite")) as file:
        kept = {logged.seq: logged.draft for logged in file.page(0, 2 * MAX_EVENTS)}
        last_seq = file.last_seq()
    assert len(kept) <= MAX_EVENTS
    assert {item["seq"] for item in triggered} <= kept.keys()
    gaps = [Gap.model_validate(item.body) for item in kept.values() if item.type == "gap"]
    assert {gap.reason for gap in gaps} == {GapReason.LOG_FULL}
    told = {seq for gap in gaps for first, last in gap.ranges for seq in range(first, last + 1)}
    assert told.isdisjoint(kept)
    assert told | kept.keys() == set(range(1, last_seq + 1))
    assert sum(item.type == "motion_detected" for item in kept.values()) == MAX_EVENTS // 2 + 1, "only minor ones went"


@asynccontextmanager
async def running(device, broker, *tasks):
    """A device of this process on a broker."""
    device.start()
    link = Link(broker, device, SystemClock())
    started = [asyncio.ensure_future(task()) for task in (link.run, *tasks)]
    try:
        yield
    finally:
        link.say_goodbye()
        await started[0]
        for task in started[1:]:
            task.cancel()
        device.close()


async def test_an_event_from_before_the_clock_was_known_is_sent_once_more_with_its_time(tmp_path, mosquitto):
    settings = AgentSettings.model_validate(
        {"device_id": "raspberry-01", "data_dir": str(tmp_path / "data"), "broker": {"url": mosquitto.address}}
    )
    settings.folder.mkdir()
    factory, is_synced = mock_factory(), False
    device = Device(settings, factory, SystemClock(), simulated=True)
    device.wall._was_synced, device.wall._is_synced = False, lambda: is_synced
    async with listener(mosquitto.address, acknowledges=True) as seen, running(device, settings.broker, device.inputs.run):
        await seen.wait_for("status/raspberry-01")
        happened_at = datetime.now(UTC)
        factory.pin(17).drive_high()
        (live,) = await seen.wait_for("sensors/raspberry-01/motion")
        assert (live["meta"]["seq"], live["meta"]["occurred_at"], live["meta"]["clock"]) == (1, None, "unsynced")
        await wait_until_async(lambda: device.log.acked_through == 1, "the server has it", within_s=15)
        is_synced = True
        keeping = asyncio.ensure_future(device.keep_times())
        (page, *_) = await seen.wait_for("replays/raspberry-01", within_s=15)
        keeping.cancel()
        again = page["events"][0]["payload"]
        assert {**again, "meta": None} == {**live, "meta": None}
        assert (again["meta"]["id"], again["meta"]["seq"]) == (live["meta"]["id"], 1)
        assert again["meta"]["clock"] == ClockQuality.SYNCED
        assert abs(datetime.fromisoformat(again["meta"]["occurred_at"]) - happened_at) < timedelta(seconds=1)
    factory.close()
