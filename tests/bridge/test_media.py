"""Clips and stills from a Pi to the server: nothing lost, nothing doubled, the newest evidence first, and no token on its way."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.bridge.fake_pi import TOKEN, FakePi
from tests.bridge.media_house import House, bridge_in, house
from tests.brokers import RunningBroker
from tests.certificates import Authority
from tests.media import clip_bytes, sha256, still_bytes
from tests.waiting import wait_until_async
from vigie.bridge.media import Couriers
from vigie.bridge.media_http import MediaApi
from vigie.protocol import topics
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Message

CLIP = "0193f5a0c0de7000800000000000c11b"
LATER = "0193f5a0c0de7001800000000000c11b"
STILL = "0193f5a0c0de70008000000000005711"


@pytest.fixture
async def home(mosquitto: RunningBroker, tmp_path: Path) -> AsyncIterator[House]:
    async with house(mosquitto, tmp_path) as made:
        yield made


async def test_what_a_pi_has_is_soon_on_the_server(home: House):
    data, picture = clip_bytes(), still_bytes()
    home.pi.offer(CLIP, data)
    home.pi.offer(STILL, picture, kind="still")
    async with bridge_in(home):
        await home.tell()
        assert (await home.finished(CLIP))["sha256"] == sha256(data)
        await wait_until_async(lambda: not home.pi.offered, "the Pi knows that the server has them")
    assert home.pi.stored == [STILL, CLIP]
    assert (await home.server.bytes(f"/api/stills/{STILL}/picture.jpg"))[1] == picture


async def test_a_clip_leaves_the_pi_while_it_is_recorded(home: House):
    data = clip_bytes(4.0)
    home.pi.grow(CLIP, data[:1])
    async with bridge_in(home):
        for share in (4, 2, 1):
            home.pi.grow(CLIP, data[: len(data) // share])
            await home.tell()

            async def has_arrived(share: int = share) -> bool:
                shown = await home.shown(CLIP)
                return shown is not None and shown["received_bytes"] == len(data) // share

            await wait_until_async(has_arrived, f"the first {share}th of it is on the server")
        assert home.pi.stored == []
        home.pi.offer(CLIP, data)
        await home.tell()
        assert (await home.finished(CLIP))["sha256"] == sha256(data)


async def test_the_clip_of_now_does_not_wait_for_the_backlog(home: House):
    old, now = clip_bytes(60.0, fps=20), clip_bytes(seed=2)
    assert len(old) > 16 * 1024 * 1024, "more than one round"
    home.pi.offer(CLIP, old)
    home.pi.grow(LATER, now)
    async with bridge_in(home):
        await home.tell()

        async def is_here() -> bool:
            shown = await home.shown(LATER)
            return shown is not None and shown["received_bytes"] == len(now)

        await wait_until_async(is_here, "the clip of now is on the server")
        assert CLIP not in home.pi.stored
        await home.finished(CLIP)


async def test_a_pi_that_vanishes_in_the_middle_goes_on_where_it_was(home: House):
    data = clip_bytes(8.0)
    home.pi.offer(CLIP, data)
    home.pi.dies_after_bytes = 100_000
    async with bridge_in(home):
        await home.tell()
        await wait_until_async(lambda: home.pi.asked_for(f"/media/{CLIP}") >= 2, "the bridge has tried again")
        await home.pi.stop()
        home.pi.dies_after_bytes = None
        await home.pi.start()
        await home.tell()
        assert (await home.finished(CLIP))["sha256"] == sha256(data)


async def test_a_card_that_rots_is_a_fault_in_words(home: House):
    data = clip_bytes()
    home.pi.offer(CLIP, data)
    home.pi.rot = lambda data: bytes([data[0] ^ 1]) + data[1:]
    async with bridge_in(home):
        await home.tell()

        async def is_said() -> bool:
            faults = [one["detail"] for one in (await home.server.get("/api/site"))[1]["health"] if one["code"] == "bridge_fault"]
            return any("is its card failing?" in fault for fault in faults)

        await wait_until_async(is_said, "the site's page says that the clip is rotten")
        assert home.pi.asked_for(f"/media/{CLIP}") == 3
        home.pi.offer(LATER, data)
        home.pi.rot = lambda data: data
        await home.tell()
        await home.finished(LATER)
    assert home.pi.stored == [LATER]


async def test_a_pi_that_offers_what_it_was_told_is_stored_does_not_keep_the_bridge_busy(home: House):
    data = clip_bytes()
    home.pi.offer(CLIP, data)

    async with bridge_in(home):
        kept = dict(home.pi.offered)
        home.pi.offered = _Forgetful(kept)
        await home.tell()
        await wait_until_async(lambda: len(home.pi.stored) >= 4, "it was told a few times")
        asked = len(home.pi.asked)
        home.pi.offer(LATER, clip_bytes(seed=2))
        await home.tell()
        await home.finished(LATER)
        assert home.pi.stored.count(CLIP) == 4
        assert len(home.pi.asked) < asked + 20


async def test_several_pis_are_fetched_from_at_a_time(home: House):
    pis = [FakePi(f"pi-{number}") for number in range(4)]
    for number, pi in enumerate(pis):
        await pi.start()
        pi.offer(f"0193f5a0c0de700{number}800000000000c11b", clip_bytes(seed=number))
    try:
        async with bridge_in(home):
            await asyncio.gather(*(home.tell(pi) for pi in pis))
            await wait_until_async(lambda: all(not pi.offered for pi in pis), "all clips are on the server")
    finally:
        await asyncio.gather(*(pi.stop() for pi in pis))
    _, page = await home.server.get("/api/recordings")
    assert sorted(one["device_id"] for one in page["recordings"]) == ["pi-0", "pi-1", "pi-2", "pi-3"]


async def test_the_token_of_a_pi_stays_in_the_bridge(home: House):
    home.pi.offer(CLIP, clip_bytes())
    async with bridge_in(home):
        await home.tell()
        await home.finished(CLIP)
        await home.come_online()
        _, device = await home.server.get(f"/api/devices/{home.pi.device_id}")
    assert list(device["states"]) == ["camera"]
    assert TOKEN not in str(device)


async def test_clips_of_a_foreign_device_are_not_taken_from_a_pi(home: House):
    home.pi.offer(CLIP, clip_bytes())
    home.pi.offered[CLIP]["device_id"] = "somebody-else"
    home.pi.offer(LATER, clip_bytes())
    async with bridge_in(home):
        await home.tell()
        await home.finished(LATER)
    assert await home.shown(CLIP) is None


async def test_events_do_not_wait_for_clips(home: House):
    home.pi.offer(CLIP, clip_bytes(60.0, fps=20))
    async with bridge_in(home):
        await home.tell()
        await wait_until_async(lambda: home.pi.asked_for(f"/media/{CLIP}"), "the clip is on its way")
        await home.mqtt.publish(f"sensors/{home.pi.device_id}/motion", b'{"state": "detected", "confidence": 0.9}')

        async def is_stored() -> bool:
            return bool(await home.server.events(type="motion_detected"))

        await wait_until_async(is_stored, "the event is stored", within_s=2)
        await home.finished(CLIP)


class _Forgetful(dict[str, dict[str, object]]):
    """Offers of a Pi that cannot write down what it was told."""

    def pop(self, *_arguments: object) -> None:  # type: ignore[override]
        return None


async def test_where_certificates_are_wanted_a_pi_in_clear_is_a_fault_and_never_asked(home: House, tmp_path: Path):
    home.pi.offer(CLIP, clip_bytes())
    async with aiohttp.ClientSession() as http:
        couriers = Couriers(http, MediaApi(http, home.server.url), SystemClock(), tls=Authority(tmp_path / "ca").trusted())
        told = Message(f"states/{home.pi.device_id}/media", json.dumps(home.pi.address).encode(), 1, True, False, 1)
        couriers.on_message(topics.parse(told.topic), told)
        running = asyncio.create_task(couriers.run())
        await wait_until_async(lambda: couriers.faults, "it is said")
        running.cancel()
    assert "is not encrypted: give its [camera] tls_certificate and tls_key" in couriers.faults[0]
    assert home.pi.asked == []
