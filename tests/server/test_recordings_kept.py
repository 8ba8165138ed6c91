"""How recordings are found, locked, deleted, and how they keep within their room."""

from pathlib import Path

import requests

from tests.media import clip_bytes, media, sha256, still, still_bytes
from tests.server.program import ServerProcess
from tests.server.running import Browser, Server, event, running_server
from tests.server.uploading import PIECE, announce, append, upload, uploaded
from tests.small_disk import SmallDisk
from tests.waiting import wait_until, wait_until_async
from vigie.testing.fake_clock import FakeClock


def clip(number: int) -> str:
    return f"0193f5a0c0de{number:04}800000000000c11b"


async def rubbish(server: Server, number: int, size_bytes: int = 1000, **changes) -> dict:
    """A clip that costs no time to finish."""
    return await uploaded(server, clip(number), bytes([number]) * size_bytes, **changes)


async def states(server: Server) -> dict[str, str]:
    _, page = await server.get("/api/recordings")
    return {one["id"]: one["deleted_reason"] or one["state"] for one in page["recordings"]}


async def test_pages_go_from_the_newest_to_the_oldest(server: Server):
    for number in range(5):
        await rubbish(server, number, started_at=f"2026-11-23T18:0{number}:00.000Z")
    seen, before = [], {}
    while True:
        _, page = await server.get("/api/recordings", limit=2, **before)
        seen += [one["id"] for one in page["recordings"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert seen == [clip(number) for number in (4, 3, 2, 1, 0)]
    assert (await server.get("/api/recordings", before=clip(99)))[0] == 404


async def test_recordings_are_found_by_device_time_and_event(server: Server):
    await rubbish(server, 1, started_at="2026-11-23T10:00:00.000Z", cause={"kind": "alarm", "event_id": "event-1"})
    await rubbish(server, 2, started_at="2026-11-23T12:00:00.000Z", cause={"kind": "command"}, device_id="hub")
    await server.post("/api/events", [event(7, device_id="hub", occurred_at="2026-11-23T12:00:01.000Z")])

    async def found(**query: str) -> list[str]:
        return [one["id"] for one in (await server.get("/api/recordings", **query))[1]["recordings"]]

    assert await found(device_id="hub") == [clip(2)]
    assert await found(since="2026-11-23T11:00:00Z") == [clip(2)]
    assert await found(until="2026-11-23T11:00:00Z") == [clip(1)]
    assert await found(event_id="event-1") == [clip(1)]
    assert await found(event_id="event-7") == [clip(2)], "it only made this one longer"
    assert await found(event_id="event-99") == []


async def test_days_are_those_of_whoever_looks(server: Server):
    await rubbish(server, 1, started_at="2026-11-23T23:30:00.000Z")
    await rubbish(server, 2, started_at="2026-11-24T00:30:00.000Z")
    _, utc = await server.get("/api/recordings/days")
    assert [(day["day"], day["count"], day["duration_s"]) for day in utc["days"]] == [
        ("2026-11-23", 1, 2.0),
        ("2026-11-24", 1, 2.0),
    ]
    _, paris = await server.get("/api/recordings/days", utc_offset_min=60)
    assert [(day["day"], day["count"]) for day in paris["days"]] == [("2026-11-24", 2)]


async def test_a_deleted_recording_is_gone_and_known(server: Server, browser: Browser, tmp_path: Path):
    await uploaded(server, clip(1), clip_bytes())
    status, shown = await server.delete(f"/api/recordings/{clip(1)}")
    assert (status, shown["state"], shown["deleted_reason"]) == (200, "deleted", "by_hand")
    assert await browser.next("recording", lambda news: news["state"] == "deleted")
    assert list((tmp_path / "data" / "recordings").iterdir()) == []
    assert (await server.get(f"/api/recordings/{clip(1)}/poster.jpg"))[0] == 409
    status, problem = await server.delete(f"/api/recordings/{clip(1)}")
    assert (status, problem["code"]) == (409, "deleted")


async def test_a_locked_recording_stays_until_it_is_unlocked(server: Server):
    await rubbish(server, 1)
    assert (await server.post(f"/api/recordings/{clip(1)}/lock", {"locked": True}))[1]["locked"] is True
    status, problem = await server.delete(f"/api/recordings/{clip(1)}")
    assert (status, problem["code"]) == (409, "locked")
    assert (await server.post(f"/api/recordings/{clip(1)}/lock", {"locked": False}))[1]["locked"] is False
    assert (await server.delete(f"/api/recordings/{clip(1)}"))[0] == 200
    _, audit = await server.get("/api/audit")
    assert [entry["action"] for entry in audit["entries"]] == ["recording_deleted", "recording_unlocked", "recording_locked"]
    assert audit["entries"][0]["detail"] == {"recording_id": clip(1), "device_id": "raspberry-01"}
    assert (await server.post(f"/api/recordings/{clip(1)}/lock", {"locked": True}))[0] == 409


async def test_the_oldest_go_when_the_room_is_full(tmp_path: Path, clock: FakeClock):
    limits = {"max_bytes": 10_000_000, "min_free_bytes": 0}
    async with running_server(tmp_path / "data", clock, recordings=limits) as server:
        await rubbish(server, 1, 4_000_000, started_at="2026-11-23T10:00:00.000Z")
        await server.post(f"/api/recordings/{clip(1)}/lock", {"locked": True})
        for number in (2, 3):
            await rubbish(server, number, 4_000_000, started_at=f"2026-11-23T1{number}:00:00.000Z")

        async def has_gone() -> bool:
            return await states(server) == {clip(1): "finished", clip(2): "too_many_bytes", clip(3): "finished"}

        await wait_until_async(has_gone, "the oldest that is not locked has gone")
        _, room = await server.get("/api/media-room")
        assert (room["count"], room["locked"], room["used_bytes"], room["max_bytes"]) == (2, 1, 8_000_000, 10_000_000)
        assert room["days_left"] is not None


async def test_what_is_too_old_goes_while_nobody_looks(server: Server, clock: FakeClock):
    await rubbish(server, 1)
    await upload(server, still("0193f5a0c0de70008000000000005711", still_bytes()), still_bytes())
    clock.turn(31 * 24 * 3600)

    async def has_gone() -> bool:
        await clock.advance(61)
        return await states(server) == {clip(1): "too_old"} and not (await server.get("/api/stills"))[1]["stills"]

    await wait_until_async(has_gone, "it went with its days")


async def test_a_disk_without_room_is_said_and_breaks_nothing(tmp_path: Path, clock: FakeClock):
    limits = {"min_free_bytes": 2**60}
    async with running_server(tmp_path / "data", clock, recordings=limits) as server:
        await announce(server, media(clip(1), b"x" * 10))
        status, problem = await append(server, clip(1), 0, b"x" * 10)
        assert (status, problem["code"]) == (507, "disk_full")
        assert "min_free_bytes" in problem["detail"]
        assert (await server.post("/api/events", event(1)))[0] == 201


def test_a_full_disk_keeps_what_has_arrived(tmp_path: Path):
    data = clip_bytes(10.0)
    config = tmp_path / "server.toml"
    config.write_text("[recordings]\nmin_free_bytes = 0\n", encoding="utf-8")
    with SmallDisk(tmp_path / "disk", 24 * 2**20) as disk:
        server = ServerProcess(disk.folder, within=disk.within, arguments=["--config", str(config)])
        with server.wait_until_up():
            address = f"{server.url}/api/media/{clip(1)}"

            def send(offset: int) -> requests.Response:
                return requests.patch(f"{address}?offset={offset}", data=data[offset : offset + PIECE], timeout=10)

            assert requests.put(address, json=media(clip(1), data), timeout=10).json()["offset"] == 0
            assert send(0).json()["offset"] == PIECE
            disk.fill()
            refused = send(PIECE)
            assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
            disk.free()
            offset = PIECE
            while offset < len(data):
                offset = send(offset).json()["offset"]
            whole = {"sha256": sha256(data), "size_bytes": len(data)}
            assert requests.post(f"{address}/complete", json=whole, timeout=10).json()["state"] == "finished"
            shown = f"{server.url}/api/recordings/{clip(1)}"
            wait_until(lambda: requests.get(shown, timeout=10).json()["container"] == "mp4", "it is finished")


async def test_the_figures_of_recordings_are_in_the_metrics(server: Server):
    await rubbish(server, 1, 5000)
    _, text = await server.get("/metrics")
    assert "vigie_recordings 1.0" in text
    assert "vigie_recordings_bytes 5000.0" in text
    assert "vigie_live_viewers 0.0" in text
