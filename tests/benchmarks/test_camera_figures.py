"""What the camera's benchmarks read out of pictures, and when they say that a frame was taken."""

import asyncio
import io
import threading

import av
import pytest

from benchmarks.clips import Clip
from benchmarks.measuring.cameras import FrameTimes, Taken, meanwhile
from benchmarks.measuring.videos import decode
from vigie.camera.encoder import H264Encoder
from vigie.camera.pictures import Format
from vigie.camera.sources.synthetic import SyntheticSource
from vigie.camera.transport_stream import TransportStream


def test_a_frame_between_two_that_are_known_was_taken_between_them():
    times = FrameTimes()
    for taken in (Taken(10, 1.0), Taken(14, 1.4), Taken(12, 9.0)):
        times.note(taken)
    assert [times.of(frame) for frame in (9, 10, 14, 15)] == [None, 1.0, 1.4, None]
    assert times.of(11) == pytest.approx(1.1)


def test_a_clip_says_how_long_it_is_and_which_frames_are_in_it():
    now_s = iter(range(100))
    source = SyntheticSource("here", threading.Event(), Format(320, 180, 10.0), monotonic=lambda: float(next(now_s)))
    encoder, stream, data = H264Encoder(source.open(), 1_000_000), TransportStream(), io.BytesIO()
    for number in range(5):
        picture = source.read()
        assert picture.frame is not None
        encoder.ask_keyframe()
        for packet in encoder.encode(picture.frame, 100_000 * number):
            if number != 2:
                data.write(stream.write(packet.data, packet.at_us, is_keyframe=packet.is_keyframe))
    video = decode(data.getvalue())
    assert (video.pictures, video.left_out, sorted(video.frames)) == (4, 1, [1, 2, 4, 5])
    assert video.frames[5] == pytest.approx(0.4, abs=0.001)
    assert video.duration_s == pytest.approx(0.5, abs=0.011)


def test_bytes_that_are_no_video_are_an_error():
    with pytest.raises(av.FFmpegError):
        decode(b"no video at all" * 100)


@pytest.mark.parametrize(("excess_s", "is_right"), [(-0.2, False), (-0.1, True), (0.0, True), (1.05, True), (1.2, False)])
def test_up_to_a_gop_more_than_was_asked_for_is_right(excess_s, is_right):
    clip = Clip(excess_s, 5.0, misplaced_ms=0.0, told_wrong_ms=0.0, left_out=0, bare_remux_ms=1.0)
    assert clip.is_within_gop is is_right


async def test_what_ends_although_it_must_not_is_raised():
    async def fails() -> None:
        raise OSError("the camera has gone")

    with pytest.raises(OSError, match="has gone"):
        async with meanwhile(fails()):
            await asyncio.sleep(0)
