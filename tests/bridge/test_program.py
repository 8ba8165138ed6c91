"""The bridge as a process: how it starts, stops, and what a kill at any moment costs."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bridge.conftest import bridge_is_up, bridge_listens, publish_events, running_bridge, sequence
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port


def start(settings, *, within=(), **environment):
    env = {
        **os.environ,
        "MQTT_BROKER": settings.broker.url,
        "BACKEND_URL": settings.backend_url,
        "VIGIE_DATA": str(settings.data_dir),
        **environment,
    }
    return subprocess.Popen([*within, sys.executable, "-m", "vigie", "bridge"], env=env, stderr=subprocess.PIPE, text=True)


@contextmanager
def program(settings, *, within=(), **environment):
    """The bridge's process for the length of the block; `within` is a command that runs it elsewhere."""
    process = start(settings, within=within, **environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_a_kill_at_any_moment_loses_nothing_and_stores_nothing_twice(settings, device, server):
    with program(settings):
        await bridge_is_up(server)
    published = 0
    for kill_after in (30, 60, 90):
        with program(settings):
            await wait_until_async(lambda: server.bridges, "the bridge is linked")
            publishing = asyncio.create_task(publish_events(device, published + 1, published + 150))
            wanted = published + kill_after
            await wait_until_async(lambda: len(server.stored) >= wanted, "the moment has come")  # noqa: B023
        await publishing
        published += 150
        server.bridges.clear()
    with program(settings):
        await wait_until_async(lambda: len(server.stored) == published, "everything is stored")
    assert sorted(sequence(server)) == list(range(1, published + 1))
    assert len({item["id"] for item in server.stored}) == published


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_within_three_seconds_with_status_0(settings, server, number):
    with program(settings) as process:
        await bridge_is_up(server)
        started = time.monotonic()
        process.send_signal(number)
        assert await asyncio.to_thread(process.wait, 5) == 0
        assert time.monotonic() - started < 3
        assert "Traceback" not in process.stderr.read()


async def test_it_stops_in_time_also_when_broker_and_server_answer_nothing(settings, device, mosquitto, server, link):
    with program(settings, BACKEND_URL=link.url) as process:
        await bridge_listens(device)
        await wait_until_async(lambda: server.bridges, "the bridge is linked")
        link.silent = True
        mosquitto.freeze()
        try:
            process.terminate()
            assert await asyncio.to_thread(process.wait, 3) == 0
        finally:
            mosquitto.thaw()


async def test_it_stops_in_time_while_it_waits_for_a_broker_that_is_not_there(settings, server):
    with program(settings, MQTT_BROKER=f"127.0.0.1:{free_port()}") as process:
        await wait_until_async(lambda: server.bridges, "the bridge is linked")
        process.terminate()
        assert await asyncio.to_thread(process.wait, 3) == 0


async def test_a_second_bridge_on_the_same_folder_is_refused_in_one_line(settings, server):
    with program(settings):
        await bridge_is_up(server)
        with program(settings) as second:
            assert await asyncio.to_thread(second.wait, 10) == 1
            assert second.stderr.read().splitlines() == [
                f"vigie bridge: another bridge already uses {settings.data_dir}; stop it, or set VIGIE_DATA to another folder"
            ]


async def test_a_folder_that_cannot_be_written_is_one_clear_line(settings):
    settings = settings.model_copy(update={"data_dir": Path("/proc/vigie")})
    with program(settings) as process:
        assert await asyncio.to_thread(process.wait, 10) == 1
        (line,) = process.stderr.read().splitlines()
        assert line.startswith("vigie bridge: data folder /proc/vigie cannot be written")


async def test_a_bad_address_is_a_usage_error_that_names_the_variable(settings):
    with program(settings, BACKEND_URL="localhost:8000") as process:
        assert await asyncio.to_thread(process.wait, 10) == 2
        assert "BACKEND_URL" in process.stderr.read()


async def test_a_server_that_accepts_and_hangs_is_left_for_a_new_link(settings, device, server, link, monkeypatch):
    monkeypatch.setattr("vigie.bridge.downlink.ANSWER_TIMEOUT_S", 0.3)
    async with running_bridge(settings.model_copy(update={"backend_url": link.url})):
        await bridge_is_up(server)
        link.silent = True
        await device.publish("status/pi", b'{"state": "online"}', retain=True)
        hellos = len(server.reported("hello"))
        await wait_until_async(lambda: not link._writers, "the bridge gives the silent link up")
        link.silent = False
        await wait_until_async(lambda: len(server.reported("hello")) > hellos, "the bridge is linked again", within_s=20)
        await wait_until_async(lambda: server.reported("status"), "what was unsaid is said")
