"""What a server finds at its start, and a reader of clips that fails."""

import asyncio
from pathlib import Path

import pytest

from tests.media import clip_bytes, media
from tests.server.running import running_server
from tests.server.uploading import announce, append, finished, recording, upload, uploaded
from tests.waiting import wait_until_async
from vigie.server import finisher, remux
from vigie.testing.fake_clock import FakeClock

CLIP = "0193f5a0c0de7000800000000000c11b"
OTHER = "0193f5a0c0de7001800000000000c11b"


async def test_a_clip_that_was_not_finished_is_finished_after_the_next_start(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    data = clip_bytes()

    async def never(*_arguments: object, **_named: object) -> None:
        await asyncio.Event().wait()

    # A kill in the middle of a remux, without the luck of hitting it.
    monkeypatch.setattr(finisher, "remux", never)
    async with running_server(tmp_path / "data", clock) as server:
        await upload(server, media(CLIP, data), data)
        assert (await recording(server, CLIP))["state"] == "uploading"
        assert (await announce(server, media(CLIP, data)))["state"] == "finished", "the Pi may let it go"
    monkeypatch.undo()
    async with running_server(tmp_path / "data", clock) as server:
        assert (await finished(server, CLIP))["container"] == "mp4"


async def test_a_server_that_died_before_it_said_what_it_has_made_says_it_after_the_next_start(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    data = clip_bytes(4.0)

    async def dies(*_arguments: object) -> None:
        await asyncio.Event().wait()

    # A kill between the name of the MP4 and its row, without the luck of hitting it.
    monkeypatch.setattr(finisher.Finisher, "_done", dies)
    folder = tmp_path / "data" / "recordings"
    async with running_server(tmp_path / "data", clock) as server:
        await upload(server, media(CLIP, data, duration_s=1.0), data)
        await wait_until_async((folder / f"{CLIP}.mp4").exists, "it is made")
        assert (await recording(server, CLIP))["state"] == "uploading"
    monkeypatch.undo()
    async with running_server(tmp_path / "data", clock) as server:
        shown = await finished(server, CLIP)
        assert (shown["duration_s"], shown["container"], shown["width"]) == (4.0, "mp4", 160)
        await wait_until_async(lambda: not (folder / f"{CLIP}.ts").exists(), "the clip as it came is gone")


async def test_a_start_tidies_what_a_dead_server_was_making_and_nothing_else(tmp_path: Path, clock: FakeClock):
    data = clip_bytes()
    folder = tmp_path / "data" / "recordings"
    async with running_server(tmp_path / "data", clock) as server:
        await uploaded(server, CLIP, data)
        await announce(server, media(OTHER, data))
        await append(server, OTHER, 0, data[:1000])
    left_over = [folder / f"{CLIP}.mp4.new", folder / f"{CLIP}.ts", folder / f"{OTHER}.mp4.part"]
    foreign = folder / "0193f5a0c0de7009800000000000c11b.mp4"
    for path in (*left_over, foreign):
        path.write_bytes(b"x")
    async with running_server(tmp_path / "data", clock) as server:
        await wait_until_async(lambda: not any(path.exists() for path in left_over), "it is tidied")
        assert foreign.exists(), "a database out of a backup knows fewer"
        assert (await recording(server, OTHER))["received_bytes"] == 1000
        assert (await server.bytes(f"/api/recordings/{CLIP}/video"))[0] == 200


async def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source, target = tmp_path / "clip.ts", tmp_path / "clip.mp4"
    source.write_bytes(clip_bytes())
    monkeypatch.setattr(remux, "TIMEOUT_S", 0.0)
    with pytest.raises(remux.RemuxFailed, match="not done in 0 s"):
        await remux.remux(source, target, None)
    assert not target.exists()


@pytest.mark.parametrize("data", [b"", b"x" * 10_000, b"G" * 188 * 50, b"#EXTM3U\nhttp://localhost/evil.ts\n"])
async def test_what_is_no_video_is_refused_in_words_and_leaves_nothing(tmp_path: Path, data: bytes):
    source, target, poster = tmp_path / "clip.ts", tmp_path / "clip.mp4", tmp_path / "clip.jpg"
    source.write_bytes(data)
    with pytest.raises(remux.RemuxFailed) as failed:
        await remux.remux(source, target, poster)
    assert str(failed.value)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.ts"]


async def test_a_clip_that_ends_in_the_middle_of_a_picture_is_as_long_as_it_can_be_read(tmp_path: Path):
    source, target, poster = tmp_path / "clip.ts", tmp_path / "clip.mp4", tmp_path / "clip.jpg"
    data = clip_bytes()
    source.write_bytes(data[: len(data) * 2 // 3 + 77])
    made = await remux.remux(source, target, poster, poster_at_s=99.0)
    assert 1.0 <= made.duration_s < 1.6
    assert made.has_poster
    assert poster.read_bytes()[:2] == b"\xff\xd8"
