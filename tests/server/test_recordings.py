"""A clip's way into the server: in pieces, checked, made an MP4, shown."""

import io
from typing import Any

import av

from tests.media import clip_bytes, media, sha256, still, still_bytes
from tests.server.running import Browser, Server, event
from tests.server.uploading import PIECE, announce, append, complete, finished, recording, upload, uploaded
from tests.waiting import wait_until_async
from vigie.testing.fake_clock import FakeClock

CLIP = "0193f5a0c0de7000800000000000c11b"
STILL = "0193f5a0c0de70008000000000005711"


def pictures_in(video: bytes) -> int:
    with av.open(io.BytesIO(video)) as container:
        return sum(1 for _ in container.decode(video=0))


async def test_a_clip_that_was_sent_in_pieces_is_a_video(server: Server, browser: Browser):
    data = clip_bytes()
    shown = await uploaded(server, CLIP, data)
    assert (shown["state"], shown["container"], shown["sha256"]) == ("finished", "mp4", sha256(data))
    assert (shown["duration_s"], shown["width"], shown["height"], shown["has_poster"]) == (2.0, 160, 128, True)
    assert (shown["cause"]["event_id"], shown["angle_deg"], shown["preset"]) == ("event-1", 30.0, "door")
    status, video, headers = await server.bytes(f"/api/recordings/{CLIP}/video")
    assert (status, headers["Content-Type"], len(video)) == (200, "video/mp4", shown["size_bytes"])
    assert video.index(b"moov") < video.index(b"mdat"), "a browser must find the index first"
    assert pictures_in(video) == 20
    states = [news["state"] for news in browser.heard("recording")]
    assert (states[0], states[-1]) == ("uploading", "finished")


async def test_a_player_may_jump(server: Server):
    await uploaded(server, CLIP, clip_bytes())
    _, video, _ = await server.bytes(f"/api/recordings/{CLIP}/video")
    status, part, headers = await server.bytes(f"/api/recordings/{CLIP}/video", Range="bytes=100-199")
    assert (status, part, headers["Content-Range"]) == (206, video[100:200], f"bytes 100-199/{len(video)}")
    status, _, headers = await server.bytes(f"/api/recordings/{CLIP}/video?download=1")
    assert headers["Content-Disposition"] == 'attachment; filename="raspberry-01_2026-11-23T18-59-55Z_motion.mp4"'


async def test_the_poster_is_a_small_jpeg(server: Server):
    await uploaded(server, CLIP, clip_bytes())
    status, poster, headers = await server.bytes(f"/api/recordings/{CLIP}/poster.jpg")
    assert (status, headers["Content-Type"], poster[:2]) == (200, "image/jpeg", b"\xff\xd8")


async def test_an_upload_goes_on_where_the_server_is(server: Server):
    data = clip_bytes()
    assert await announce(server, media(CLIP, data)) == {"offset": 0, "state": "uploading"}
    await append(server, CLIP, 0, data[:PIECE])
    assert await announce(server, media(CLIP, data)) == {"offset": PIECE, "state": "uploading"}
    for wrong in (0, PIECE - 1, PIECE + 1, len(data)):
        status, problem = await append(server, CLIP, wrong, data[:10])
        assert (status, problem["code"], problem["offset"]) == (409, "wrong_offset", PIECE)
    status, problem = await complete(server, CLIP, data)
    assert (status, problem["offset"]) == (409, PIECE)
    await upload(server, media(CLIP, data), data)
    assert (await finished(server, CLIP))["sha256"] == sha256(data)


async def test_a_clip_that_was_sent_twice_is_one_recording(server: Server):
    data = clip_bytes()
    await uploaded(server, CLIP, data)
    assert (await announce(server, media(CLIP, data)))["state"] == "finished"
    status, at = await complete(server, CLIP, data)
    assert (status, at["state"]) == (200, "finished")
    status, problem = await append(server, CLIP, 0, data[:10])
    assert (status, problem["state"]) == (409, "finished")
    _, page = await server.get("/api/recordings")
    assert [shown["id"] for shown in page["recordings"]] == [CLIP]


async def test_bytes_with_another_hash_are_thrown_away(server: Server):
    data = clip_bytes()
    rotten = bytes([data[0] ^ 1]) + data[1:]
    await announce(server, media(CLIP, data))
    await append(server, CLIP, 0, rotten)
    status, problem = await complete(server, CLIP, data)
    assert (status, problem["code"], problem["offset"]) == (409, "wrong_hash", 0)
    await uploaded(server, CLIP, data)


async def test_a_pi_that_lost_its_power_has_less_than_it_had_sent(server: Server):
    data = clip_bytes()
    salvaged = data[: len(data) // 188 // 2 * 188]
    await announce(server, media(CLIP, data, complete=False, sha256=None))
    await append(server, CLIP, 0, data)
    await upload(server, media(CLIP, salvaged, truncated=True), salvaged)
    shown = await finished(server, CLIP)
    assert (shown["truncated"], shown["sha256"]) == (True, sha256(salvaged))
    assert 0.5 < shown["duration_s"] < 2.0


async def test_what_has_arrived_of_a_clip_can_be_seen_already(server: Server):
    data = clip_bytes()
    status, problem = await server.get(f"/api/recordings/{CLIP}/video")
    assert status == 404
    await announce(server, media(CLIP, data[:0], complete=False, sha256=None))
    status, problem = await server.get(f"/api/recordings/{CLIP}/video")
    assert (status, problem["code"]) == (409, "recording")
    await append(server, CLIP, 0, data[: len(data) * 3 // 4])
    shown = await recording(server, CLIP)
    assert (shown["state"], shown["received_bytes"]) == ("recording", len(data) * 3 // 4)
    status, video, _ = await server.bytes(f"/api/recordings/{CLIP}/video")
    assert status == 200
    assert 10 <= pictures_in(video) <= 16


async def test_a_clip_of_which_nothing_more_comes_says_so(server: Server, clock: FakeClock):
    data = clip_bytes()
    await announce(server, media(CLIP, data, complete=False, sha256=None))
    await append(server, CLIP, 0, data[:PIECE])
    shown: dict[str, Any] = {}

    async def says_so() -> bool:
        nonlocal shown
        await clock.advance(10)
        shown = await recording(server, CLIP)
        return shown["note"] is not None

    await wait_until_async(says_so, "the recording says why it stands still")
    assert (shown["state"], shown["received_bytes"]) == ("uploading", PIECE)
    assert "nothing of it has come for a minute" in shown["note"]
    await upload(server, media(CLIP, data), data)
    assert (await finished(server, CLIP))["note"] is None


async def test_rubbish_stays_as_it_came(server: Server):
    rubbish = b"no video" * 1000
    shown = await uploaded(server, CLIP, rubbish)
    assert (shown["container"], shown["has_poster"]) == ("ts", False)
    assert "could not be made an MP4" in shown["note"]
    status, kept, headers = await server.bytes(f"/api/recordings/{CLIP}/video")
    assert (status, kept, headers["Content-Type"]) == (200, rubbish, "video/mp2t")


async def test_an_id_is_one_clip_of_one_device(server: Server):
    data = clip_bytes()
    await uploaded(server, CLIP, data)
    for other in (media(CLIP, data, device_id="other"), still(CLIP, data)):
        status, problem = await server.put(f"/api/media/{CLIP}", other)
        assert status == 409, problem
    assert (await server.put(f"/api/media/{STILL}", media(CLIP, data)))[0] == 422
    for beyond in ({"size_bytes": 2**63}, {"duration_s": 1e300}, {"triggered_after_s": 1e16}, {"width": 2**40}, {"height": 10**30}):
        assert (await server.put(f"/api/media/{CLIP}", media(CLIP, data, **beyond)))[0] == 422, beyond


async def test_an_id_is_no_path(server: Server):
    for wrong in ("..%2F..%2Fetc%2Fpasswd", "%2e%2e", "short", "UPPERCASE-ID", "0193f5a0c0de7000.", "a" * 65):
        for path in (f"/api/media/{wrong}", f"/api/recordings/{wrong}/video", f"/api/stills/{wrong}/picture.jpg"):
            method = "PUT" if "media" in path else "GET"
            status, body = await server._ask(method, path, **({"json": media(CLIP, b"x")} if method == "PUT" else {}))
            is_page = status == 200 and "<!doctype html>" in body.lower()  # a path that only the browser may know
            assert status in {404, 405, 422} or is_page, (path, status)


async def test_nothing_is_larger_than_a_clip_can_be(server: Server):
    assert (await server.put(f"/api/media/{CLIP}", media(CLIP, b"x", size_bytes=2**40)))[0] == 413
    await announce(server, media(CLIP, b"x"))
    assert (await append(server, CLIP, 0, io.BytesIO(bytes(1024 * 1024 + 1))))[0] == 413
    assert (await append(server, "0193f5a0c0de7000unknown", 0, b"x"))[0] == 404


async def test_what_a_pi_tells_of_its_clips_is_shown_before_the_bytes(server: Server, browser: Browser):
    cause = {"kind": "rule", "event_id": "event-9", "zone": "motion"}
    started = {"state": "started", "clip_id": CLIP, "cause": cause, "preset": "door"}
    await server.post("/api/events", [event(1, type="clip", sensor="clip", details=started)])
    shown = await browser.next("recording")
    assert (shown["state"], shown["cause"]["event_id"], shown["preset"]) == ("recording", "event-9", "door")
    ended = {"state": "finished", "clip_id": CLIP, "cause": cause, "duration_s": 12.5, "size_bytes": 400}
    await server.post("/api/events", [event(2, type="clip", sensor="clip", details=ended)])
    shown = await browser.next("recording", lambda news: news["state"] == "uploading")
    assert (shown["duration_s"], shown["size_bytes"]) == (12.5, 400)


async def test_a_clip_that_the_pi_had_to_delete_is_shown_as_deleted(server: Server):
    gone = {"state": "deleted", "clip_id": CLIP, "cause": {"kind": "alarm"}, "reason": "disk_low", "stored": False}
    await server.post("/api/events", [event(1, type="clip", sensor="clip", details=gone)])
    shown = await recording(server, CLIP)
    assert (shown["state"], shown["deleted_reason"]) == ("deleted", "disk_low")
    status, problem = await server.get(f"/api/recordings/{CLIP}/video")
    assert (status, problem["code"]) == (409, "deleted")
    assert (await announce(server, media(CLIP, clip_bytes())))["state"] == "deleted"


async def test_of_a_clip_that_the_pi_deleted_on_its_way_the_rest_is_kept(server: Server):
    data = clip_bytes()
    await announce(server, media(CLIP, data))
    await append(server, CLIP, 0, data[: len(data) // 2])
    gone = {"state": "deleted", "clip_id": CLIP, "cause": {"kind": "alarm"}, "reason": "too_many_bytes", "stored": False}
    await server.post("/api/events", [event(1, type="clip", sensor="clip", details=gone)])
    shown = await finished(server, CLIP)
    assert (shown["truncated"], shown["deleted_reason"], shown["container"]) == (True, None, "mp4")
    assert "too_many_bytes" in shown["note"]


async def test_a_deletion_on_the_pi_changes_nothing_of_what_is_here(server: Server):
    await uploaded(server, CLIP, clip_bytes())
    gone = {"state": "deleted", "clip_id": CLIP, "cause": {"kind": "alarm"}, "reason": "too_old", "stored": True}
    await server.post("/api/events", [event(1, type="clip", sensor="clip", details=gone)])
    assert (await recording(server, CLIP))["state"] == "finished"


async def test_an_event_that_only_looks_like_a_clips_is_stored_all_the_same(server: Server):
    status, answer = await server.post("/api/events", [event(1, type="clip", sensor="clip", details={"state": "odd"})])
    assert (status, answer["accepted"]) == (200, 1)
    assert (await server.get("/api/recordings"))[1]["recordings"] == []


async def test_a_still_is_there_as_soon_as_it_is_complete(server: Server, browser: Browser):
    picture = still_bytes()
    await upload(server, still(STILL, picture), picture)
    told = await browser.next("still")
    assert (told["id"], told["cause"]["event_id"]) == (STILL, "event-1")
    status, stills = await server.get("/api/stills", event_id="event-1")
    assert [one["id"] for one in stills["stills"]] == [STILL]
    status, body, headers = await server.bytes(f"/api/stills/{STILL}/picture.jpg")
    assert (status, body, headers["Content-Type"]) == (200, picture, "image/jpeg")
    assert (await server.get(f"/api/recordings/{STILL}"))[0] == 404
