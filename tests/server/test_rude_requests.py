"""The server's media routes are asked for what they must not give: nothing but 4xx."""

import asyncio
import json

from tests.media import clip_bytes
from tests.rude_requests import RANGES, ids, status_of
from tests.server.running import Server
from tests.server.uploading import uploaded

CLIP = "0193f5a0c0de7000800000000000c11b"
JSON = {"Content-Type": "application/json"}
ROUTES = [
    ("GET", "/api/recordings/{}", b""),
    ("GET", "/api/recordings/{}/video", b""),
    ("GET", "/api/recordings/{}/poster.jpg", b""),
    ("DELETE", "/api/recordings/{}", b""),
    ("POST", "/api/recordings/{}/lock", b'{"locked": true}'),
    ("GET", "/api/stills/{}/picture.jpg", b""),
    ("PUT", "/api/media/{}", json.dumps({"id": "x"}).encode()),
    ("GET", "/api/cameras/{}/snapshot.jpg", b""),
    ("GET", "/api/cameras/{}/live", b""),
    ("GET", "/api/incidents/{}/export.zip", b""),
]


def port_of(server: Server) -> int:
    return int(server.url.rsplit(":", 1)[1])


async def test_no_name_leads_to_another_file(server: Server):
    await uploaded(server, CLIP, clip_bytes())

    def ask() -> int:
        asked = 0
        for name in ids(CLIP):
            for method, route, body in ROUTES:
                status, answer = status_of(port_of(server), method, route.format(name), JSON if body else {}, body)
                assert 400 <= status < 500, (method, route, name, status, answer[:200])
                assert b"root:" not in answer
                asked += 1
        return asked

    assert await asyncio.to_thread(ask) > 200
    assert (await server.get(f"/api/recordings/{CLIP}"))[1]["state"] == "finished"


async def test_no_range_is_more_than_the_file(server: Server):
    await uploaded(server, CLIP, clip_bytes())
    _, video, _ = await server.bytes(f"/api/recordings/{CLIP}/video")
    many = "bytes=" + ",".join(f"{start}-" for start in range(5_000))

    def ask() -> None:
        for given in RANGES:
            status, answer = status_of(port_of(server), "GET", f"/api/recordings/{CLIP}/video", {"Range": given})
            assert 400 <= status < 500, (given, status, len(answer))
        status, answer = status_of(port_of(server), "GET", f"/api/recordings/{CLIP}/video", {"Range": many})
        assert 400 <= status < 500 or len(answer) < 2 * len(video), "ranges that overlap are not sent over and over"

    await asyncio.to_thread(ask)
