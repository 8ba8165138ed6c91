"""The media server of a Pi with a certificate: who gets in, who does not, and that nobody waits for whoever says nothing."""

import asyncio
import contextlib
import hashlib
import socket
import time

import aiohttp
import pytest

from tests.camera.running import TOKEN, RunningCamera, config_of
from tests.certificates import Authority, agreed_version
from tests.waiting import wait_until_async
from vigie.bridge.media_http import PiLost, PiMedia, PiUntrusted
from vigie.protocol.camera import MediaAddress

DEVICE = "raspberry-01"
CLIP = "clip00000001"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def camera(site, tmp_path_factory):
    """One that has recorded a clip."""
    certificate, key = site.issue(DEVICE)
    config = config_of(tmp_path_factory.mktemp("camera"), tls_certificate=certificate, tls_key=key)
    with RunningCamera(config) as running:
        running.ready()
        running.record(CLIP, 0.5)
        running.wait_for_clip(CLIP, "finished")
        yield running


@pytest.fixture
async def http_session():
    async with aiohttp.ClientSession() as session:
        yield session
    loop = asyncio.get_running_loop()  # TLS says goodbye in its own time
    await wait_until_async(lambda: len(loop._selector.get_map()) <= 1, "every connection is closed")


def address(camera, scheme="https"):
    return MediaAddress(url=f"{scheme}://127.0.0.1:{camera.port}", token=TOKEN)


async def test_a_bridge_that_knows_the_site_fetches_the_clip_by_whatever_address(camera, site, http_session):
    pi = PiMedia(http_session, address(camera), DEVICE, site.trusted())
    (media,) = (await pi.list()).media
    assert hashlib.sha256(await pi.piece(media, 0)).hexdigest() == media.sha256


async def test_live_pictures_come_the_same_way(camera, site, http_session):
    async with PiMedia(http_session, address(camera), DEVICE, site.trusted()).live() as chunks:
        assert b"image/jpeg" in await anext(chunks)


async def test_a_certificate_of_another_authority_is_not_trusted(camera, tmp_path, http_session):
    other = Authority(tmp_path).trusted()
    with pytest.raises(PiUntrusted, match="pis_tls_ca"):
        await PiMedia(http_session, address(camera), DEVICE, other).list()


async def test_another_pi_of_the_site_cannot_pass_for_this_one(camera, site, http_session):
    with pytest.raises(PiUntrusted, match="raspberry-02"):
        await PiMedia(http_session, address(camera), "raspberry-02", site.trusted()).list()


async def test_a_bridge_that_wants_certificates_sends_no_token_in_clear(site, http_session):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = MediaAddress(url=f"http://127.0.0.1:{listener.getsockname()[1]}", token=TOKEN)
        with pytest.raises(PiUntrusted, match="tls_certificate"):
            await PiMedia(http_session, plain, DEVICE, site.trusted()).list()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_a_bridge_without_the_sites_authority_does_not_take_it_on_trust(camera, http_session):
    with pytest.raises(PiUntrusted):
        await PiMedia(http_session, address(camera)).list()


def test_who_speaks_plain_http_gets_nothing(camera):
    with socket.create_connection(("127.0.0.1", camera.port), timeout=5) as plain:
        plain.sendall(f"GET /media HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        answer = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while part := plain.recv(4096):
                answer += part
    assert b"media" not in answer
    assert b"HTTP" not in answer


def test_tls_1_1_is_refused(camera, site):
    assert agreed_version(camera.port, site.ca, "TLSv1_1") == "TLSV1_ALERT_PROTOCOL_VERSION"
    assert agreed_version(camera.port, site.ca, "TLSv1_2") == "TLSv1.2"


async def test_whoever_connects_and_says_nothing_holds_up_nobody(camera, site, http_session):
    silent = [socket.create_connection(("127.0.0.1", camera.port)) for _ in range(8)]
    began = time.monotonic()
    assert (await PiMedia(http_session, address(camera), DEVICE, site.trusted()).list()).media
    assert time.monotonic() - began < 2.0
    for one in silent:
        one.close()


async def test_without_a_good_certificate_nothing_is_served_and_all_is_recorded(site, tmp_path, http_session):
    (tmp_path / "bad.crt").write_text("no certificate")
    config = config_of(tmp_path, tls_certificate=tmp_path / "bad.crt", tls_key=tmp_path / "no.key")
    with RunningCamera(config) as camera:
        camera.ready()
        trouble = camera.wait_for(lambda line: line["say"] == "trouble", "trouble")
        assert trouble["name"] == "certificate"
        assert str(tmp_path / "bad.crt") in trouble["detail"]
        camera.record(CLIP, 0.5)
        camera.wait_for_clip(CLIP, "finished")
        for scheme in ("http", "https"):
            with pytest.raises(PiLost):
                await PiMedia(http_session, address(camera, scheme)).list()
