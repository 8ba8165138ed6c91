"""Live pictures at the server: who may look, when a stream begins and ends, and what a viewer that stalls does to the others."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.media import still, still_bytes
from tests.server.running import FakeBridge, Server
from tests.server.uploading import upload
from tests.waiting import wait_until_async
from vigie.protocol.uplink import BRIDGE_NAMESPACE
from vigie.runtime.multipart import Picture, part_of, read_pictures
from vigie.testing.fake_clock import FakeClock

DEVICE = "raspberry-01"
LIVE = f"/api/cameras/{DEVICE}/live"


class Relay:
    """A bridge's stream to the server: `show` sends a picture."""

    def __init__(self) -> None:
        self.status: int | None = None
        self._parts: asyncio.Queue[bytes] = asyncio.Queue()

    def show(self, frame: int, jpeg: bytes | None = None, *, age_ms: int = 0) -> None:
        self._parts.put_nowait(part_of(Picture(jpeg or still_bytes(), frame), age_ms))

    async def parts(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._parts.get()


@asynccontextmanager
async def relay_to(server: Server) -> AsyncIterator[Relay]:
    relay = Relay()

    async def send() -> None:
        async with server.http.post(f"/api/media/live/{DEVICE}", data=relay.parts()) as answer:
            relay.status = answer.status

    task = asyncio.create_task(send())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
async def asked(bridge: FakeBridge) -> list[dict[str, Any]]:
    """What the server has asked the bridge of live pictures; the device is online."""
    requests: list[dict[str, Any]] = []

    async def live(request: dict[str, Any]) -> dict[str, str]:
        requests.append(request)
        return {"status": "done"}

    bridge.client.on("live", live, namespace=BRIDGE_NAMESPACE)
    await bridge.device_online()
    await bridge.heartbeat()
    return requests


@asynccontextmanager
async def looking(server: Server, asked: list[dict[str, Any]]) -> AsyncIterator[tuple[AsyncIterator[Picture], Relay]]:
    """A viewer that has its first picture, and the relay that it came from."""
    answer = asyncio.create_task(server.http.get(LIVE).__aenter__())
    await wait_until_async(lambda: asked and asked[-1] == {"device_id": DEVICE, "wanted": True}, "the bridge was asked")
    async with relay_to(server) as relay:
        relay.show(1, age_ms=70)
        response = await answer
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
        pictures = read_pictures(response.content.iter_any())
        first = await anext(pictures)
        assert (first.frame, first.age_ms, first.jpeg) == (1, 70, still_bytes())
        yield pictures, relay
        response.close()


async def problem(server: Server) -> tuple[int, str]:
    status, said = await server.get(LIVE)
    return status, said.get("code") or said["detail"]


async def test_the_first_viewer_begins_a_stream_and_the_last_one_ends_it(server: Server, asked, clock: FakeClock):
    async with relay_to(server) as early:
        early.show(0)
        await wait_until_async(lambda: early.status == 410, "a stream that nobody asked for is refused")
    async with looking(server, asked) as (_, relay):
        pass
    async with relay_to(server) as relay:

        async def is_ended() -> bool:
            await clock.advance(1)
            relay.show(2)
            return relay.status == 410

        await wait_until_async(is_ended, "the relay is told that nobody looks")
    await wait_until_async(lambda: asked[-1]["wanted"] is False, "the bridge is told as well")


async def test_a_picture_that_stands_still_grows_old(server: Server, asked, clock: FakeClock):
    async with looking(server, asked) as (pictures, _):
        ages = []
        for _ in range(3):
            again = asyncio.ensure_future(anext(pictures))

            async def has_come(again: asyncio.Future[Picture] = again) -> bool:
                if not again.done():
                    await clock.advance(1)
                return again.done()

            await wait_until_async(has_come, "the same picture comes again")
            ages.append((again.result().frame, again.result().age_ms))
        assert [frame for frame, _ in ages] == [1, 1, 1]
        assert 2000 <= ages[0][1] < ages[1][1] < ages[2][1]


async def test_a_viewer_that_stalls_holds_up_nobody_and_gets_no_queue(server: Server, asked):
    big = bytes(500_000)
    async with looking(server, asked) as (pictures, relay):
        host, port = server.url.removeprefix("http://").split(":")
        _, stalled = await asyncio.open_connection(host, int(port), limit=1024)
        stalled.write(f"GET {LIVE} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        for frame in range(2, 40):
            relay.show(frame, big)
            async with asyncio.timeout(5):
                async for picture in pictures:
                    if picture.frame == frame:
                        break
        stalled.transport.abort()


async def test_a_relay_gives_way_to_a_newer_one(server: Server, asked):
    async with looking(server, asked) as (pictures, old), relay_to(server) as new:
        new.show(7)
        async for picture in pictures:
            if picture.frame == 7:
                break
        old.show(8)
        await wait_until_async(lambda: old.status == 410, "the older relay is sent away")


async def test_privacy_ends_what_everybody_looks_at(server: Server, asked, bridge: FakeBridge):
    async with looking(server, asked) as (pictures, relay):
        state = {"device_id": DEVICE, "part": "camera", "body": {"state": "ok", "private": True}}
        assert await bridge.say("state", state) == {}
        relay.show(2)
        async with asyncio.timeout(5):
            assert [picture.frame async for picture in pictures] == []
    assert await problem(server) == (409, "private")
    assert (await server.get(f"/api/cameras/{DEVICE}/snapshot.jpg"))[0] == 404


async def test_why_there_is_no_picture_is_said(server: Server, bridge: FakeBridge, asked, clock: FakeClock):
    assert (await server.get("/api/cameras/nobody/live"))[0] == 404
    answer = asyncio.create_task(problem(server))

    async def is_said() -> bool:
        await clock.advance(1)
        return answer.done()

    await wait_until_async(is_said, "nobody has to wait for ever")
    assert answer.result() == (503, "no_picture")
    await clock.advance(60)
    assert (await problem(server))[0] == 409, "it is not heard any more"
    await bridge.vanish()
    await wait_until_async(lambda: no_bridge(server), "the bridge is gone")


async def no_bridge(server: Server) -> bool:
    status, said = await problem(server)
    return status == 503 and "no bridge is connected" in said


async def test_rubbish_is_no_stream(server: Server, asked):
    async with looking(server, asked):
        body = io.BytesIO(b"x" * 10_000)
        status, said = await server._ask("POST", f"/api/media/live/{DEVICE}", data=body)
        assert (status, "no pictures" in said["detail"]) == (400, True)


async def test_the_snapshot_is_the_last_still_while_nobody_looks(server: Server, bridge: FakeBridge):
    await bridge.device_online()
    assert (await server.get(f"/api/cameras/{DEVICE}/snapshot.jpg"))[0] == 404
    await upload(server, still("0193f5a0c0de70008000000000005711", still_bytes(3)), still_bytes(3))
    status, body, headers = await server.bytes(f"/api/cameras/{DEVICE}/snapshot.jpg")
    assert (status, body, headers["X-Taken-At"]) == (200, still_bytes(3), "2026-11-23T18:59:55.000Z")


async def test_live_pictures_are_longer_than_any_other_body_may_be(server: Server, asked):
    async with looking(server, asked) as (pictures, relay):
        for frame in range(2, 14):
            relay.show(frame, bytes(1_000_000))
            async for picture in pictures:
                if picture.frame == frame:
                    break


async def test_the_token_of_a_pi_is_not_taken_from_a_bridge(server: Server, bridge: FakeBridge):
    answer = await bridge.say("state", {"device_id": DEVICE, "part": "media", "body": {"url": "http://pi", "token": "secret"}})
    assert "error" in answer
    _, devices = await server.get("/api/devices")
    assert "secret" not in str(devices)
