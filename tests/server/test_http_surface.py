"""What every answer has in common: problems, headers, limits, whose page may ask; and the files of the dashboard."""

import asyncio
import gzip
import io
import json
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.server.running import Server, bridge_on, event
from vigie.server import dashboard
from vigie.server.access.guard import MAX_BODY_BYTES, SECURITY_HEADERS

INDEX = "<!doctype html><title>Vigie</title>" + "<!-- padding -->" * 100


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built dashboard of three files."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "sw.js").write_text("// worker")
    (folder / "assets" / "index-B7f2.js").write_text("console.log('vigie');" * 200)
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(dashboard, "STATIC", folder)
    return folder


@pytest.fixture
async def site(built: Path, server: Server) -> Server:
    """A server that found a built dashboard."""
    assert built.is_dir()
    return server


async def test_pages_are_asked_for_each_time_and_assets_never(site: Server):
    for path, cache in [
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/sw.js", "no-cache"),
        ("/events", "no-cache"),
        ("/devices/raspberry-01", "no-cache"),
        ("/assets/index-B7f2.js", "public, max-age=31536000, immutable"),
    ]:
        async with site.http.get(path) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, cache), path
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] == value
    async with site.http.get("/devices/raspberry-01") as answer:
        assert await answer.text() == INDEX


async def test_an_unchanged_page_is_a_304(site: Server):
    async with site.http.get("/") as answer:
        etag = answer.headers["ETag"]
    async with site.http.get("/", headers={"If-None-Match": etag}) as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (304, "no-cache")


async def test_large_files_are_compressed(site: Server):
    async with (
        aiohttp.ClientSession(site.url, auto_decompress=False) as raw,
        raw.get("/assets/index-B7f2.js", headers={"Accept-Encoding": "gzip"}) as answer,
    ):
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await answer.read()) == b"console.log('vigie');" * 200


async def test_a_wrong_name_is_a_404_problem_in_a_browser_too(site: Server):
    for path in [
        "/api/typo",
        "/api",
        "/api/events/7/x",
        "/healthz/x",
        "/metrics/x",
        "/openapi.json/x",
        "/assets/gone.js",
        "/favicon.ico",
    ]:
        async with site.http.get(path, headers={"Accept": "text/html,*/*"}) as answer:
            assert (answer.status, answer.content_type) == (404, "application/problem+json"), await answer.text()
            problem = await answer.json(content_type=None)
        assert (problem["status"], problem["instance"]) == (404, path)
        assert path in problem["detail"]


async def test_no_path_leads_out_of_the_dashboards_folder(site: Server):
    for path in ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"]:
        host = urlsplit(site.url)
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\n\r\n".encode())
        assert b"secret" not in (await reader.read()).partition(b"\r\n\r\n")[2].replace(b"/secret.txt", b"")
        writer.close()


async def test_a_clone_without_a_built_dashboard_says_how_to_build_it(built: Path, server: Server):
    for file in ("assets/index-B7f2.js", "index.html", "sw.js"):
        (built / file).unlink()
    for path in ("/", "/events"):
        status, text = await server.get(path)
        assert (status, "make web" in text) == (200, True)
    assert (await server.get("/api/site"))[0] == 200


async def test_the_docs_page_needs_no_script_and_no_internet(server: Server):
    status, page = await server.get("/docs")
    assert status == 200
    assert "http" not in page.replace("HTTP", "")
    assert "<script" not in page
    for path in ("/api/events", "/api/cameras/{device_id}/servo", "/api/mode", "/healthz"):
        assert path in page


async def test_a_wrong_method_is_a_405_problem(server: Server):
    async with server.http.delete("/api/events") as answer:
        assert (answer.status, answer.content_type) == (405, "application/problem+json")
        assert "POST" in answer.headers["Allow"] or "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_above_the_limit_is_a_413_problem(server: Server, chunked: bool):
    async def chunks():
        for _ in range(MAX_BODY_BYTES // 2**16 + 1):
            yield b" " * 2**16

    body = chunks() if chunked else io.BytesIO(b" " * (MAX_BODY_BYTES + 1))
    async with server.http.post("/api/events", data=body) as answer:
        assert (answer.status, answer.content_type) == (413, "application/problem+json")


async def test_a_large_body_within_the_limit_is_taken(server: Server):
    body = json.dumps([event(seq, details={"padding": "x" * 7000}) for seq in range(1, 1001)]).encode()
    async with server.http.post("/api/events", data=io.BytesIO(body)) as answer:
        assert (answer.status, (await answer.json())["accepted"]) == (200, 1000)


async def test_a_foreign_page_gets_nothing_of_a_server_that_can_be_tried_out(server: Server):
    own, foreign = server.url, "https://evil.example"
    for method, path, origin, status in [
        ("GET", "/api/mode", foreign, 401),
        ("POST", "/api/events", foreign, 403),
        ("PUT", "/api/mode", foreign, 403),
        ("POST", "/api/events", "null", 403),
        ("POST", "/api/events", "http://[", 403),
        ("POST", "/api/events", own, 201),
    ]:
        body = json.dumps(event(1)) if method == "POST" else None
        async with server.http.request(method, path, data=body, headers={"Origin": origin}) as answer:
            assert answer.status == status, (method, path, origin)
            if status == 403:
                assert answer.content_type == "application/problem+json"
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_rebound_name_gets_nothing_from_a_loopback_server(server: Server):
    for host in ["evil.example", "evil.example:8000", "", "[", "[]", "[abc]", "127.0.0.1.evil.example", "localhost@evil", "\u00fc"]:
        for path in ("/api/events", "/", "/socket.io/?EIO=4&transport=polling"):
            address = urlsplit(server.url)
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
            status = (await reader.read()).split(b" ", 2)[1]
            writer.close()
            assert status in {b"403", b"400"}, (path, status)


async def test_an_upload_that_is_cut_off_is_no_failure_of_ours(server: Server, caplog: pytest.LogCaptureFixture):
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f'POST /api/events HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1000\r\n\r\n[{{"id"'.encode())
    await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
    assert (await server.get("/api/events"))[1]["events"] == []
    assert "Traceback" not in caplog.text


async def test_the_names_of_this_machine_are_welcome(server: Server):
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8000"]:
        async with server.http.get("/api/mode", headers={"Host": host}) as answer:
            assert answer.status == 200


async def test_the_site_says_what_a_dashboard_asks_first(server: Server):
    status, site = await server.get("/api/site")
    assert status == 200
    assert (site["bridge"], site["broker"], site["now"]) == ("absent", "unknown", "2026-11-23T19:00:00.000Z")
    assert [kind["active_type"] for kind in site["sensor_kinds"]][:2] == ["motion_detected", "button_pressed"]


async def test_health_says_that_the_database_answers(server: Server):
    status, health = await server.get("/healthz")
    assert (status, health["status"], health["database"], health["bridge"]) == (200, "degraded", "ok", "absent")
    assert [trouble["code"] for trouble in health["health"]] == ["bridge_absent"]
    async with bridge_on(server):
        status, health = await server.get("/healthz")
        assert (status, health["status"], health["health"]) == (200, "ok", [])
