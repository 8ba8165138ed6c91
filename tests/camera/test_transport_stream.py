"""MPEG-TS as we write it: others play it, and whatever a crash leaves of it is cut after its last whole picture."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.camera.pictures import bare, real_stream
from tests.camera.probing import probe
from vigie.camera.pictures import Packet
from vigie.camera.transport_stream import PACKET_BYTES, TransportStream, readable


def written(packets: list[Packet] | tuple[Packet, ...]) -> list[bytes]:
    stream = TransportStream()
    return [stream.write(packet.data, packet.at_us, is_keyframe=packet.is_keyframe) for packet in packets]


def test_ffmpeg_plays_it_without_a_complaint(tmp_path):
    clip = tmp_path / "clip.ts"
    clip.write_bytes(b"".join(written(real_stream(4))))
    found = probe(clip)
    assert found.faults == ""
    assert found.frames == 40
    assert found.duration_s == pytest.approx(4.0, abs=0.01)
    assert found.profile == "Constrained Baseline"
    assert [round(at - found.keyframes_s[0], 2) for at in found.keyframes_s] == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [*range(150, 205), 65_500, 65_520, 65_536, 200_000])
def test_every_length_of_picture_fills_whole_packets(size, tmp_path):
    packets = [bare(0, is_keyframe=True, size=size), bare(100_000, size=size), bare(200_000, size=20)]
    parts = written(packets)
    assert all(len(part) % PACKET_BYTES == 0 for part in parts)
    assert all(part[at] == 0x47 for part in parts for at in range(0, len(part), PACKET_BYTES))
    clip = tmp_path / "clip.ts"
    clip.write_bytes(b"".join(parts))
    found = readable(clip)
    assert (found.size_bytes, found.pictures, found.duration_us) == (clip.stat().st_size, 3, 300_000)


def test_a_clip_of_more_than_a_day_of_stamps_goes_on(tmp_path):
    """33 bits at 90 kHz last 26 hours: a clip begins at its own zero, so the machine's uptime does not matter."""
    clip = tmp_path / "clip.ts"
    start = 40 * 24 * 3600 * 1_000_000
    clip.write_bytes(b"".join(written([Packet(p.data, p.at_us + start, p.is_keyframe) for p in real_stream(2)])))
    assert probe(clip).duration_s == pytest.approx(2.0, abs=0.01)


@settings(max_examples=60)
@given(cut=st.floats(0, 1), rubbish=st.binary(max_size=600))
def test_whatever_is_cut_off_what_is_left_are_whole_pictures(cut, rubbish, tmp_path_factory):
    parts = written(real_stream(2))
    whole = b"".join(parts)
    end = int(len(whole) * cut)
    clip: Path = tmp_path_factory.mktemp("cut") / "clip.ts"
    clip.write_bytes(whole[:end] + rubbish)
    found = readable(clip)
    bounds = [sum(map(len, parts[:count])) for count in range(len(parts) + 1)]
    pictures = max(count for count, bound in enumerate(bounds) if bound <= end)
    assert found.pictures >= pictures
    assert found.size_bytes >= bounds[pictures]
    assert found.size_bytes % PACKET_BYTES == 0


def test_zeros_after_a_power_cut_are_no_pictures(tmp_path):
    clip = tmp_path / "clip.ts"
    parts = written(real_stream(2))
    clip.write_bytes(b"".join(parts[:12]) + bytes(40_000))
    assert readable(clip).pictures == 12
    clip.write_bytes(bytes(40_000))
    assert readable(clip).pictures == 0
    clip.write_bytes(b"")
    assert readable(clip).pictures == 0
