"""Parts without threads or files: byte ranges, the strip in the picture, parameter sets, letters."""

from hypothesis import given
from hypothesis import strategies as st

from tests.camera.pictures import real_stream
from vigie.camera.frame_strip import Strip, read_strip, strip_height, strip_row
from vigie.camera.parameter_sets import ParameterSets, nal_types
from vigie.camera.sources.font import HEIGHT, WIDTH, rows


@given(frame=st.integers(0, 2**24 - 1), angle=st.integers(-128, 127), width=st.sampled_from([160, 320, 640, 854, 1280, 1920]))
def test_the_strip_says_what_was_drawn(frame, angle, width):
    height = width * 9 // 16
    luma = bytes([100]) * width * (height - strip_height(height)) + strip_row(Strip(frame, angle), width) * strip_height(height)
    assert read_strip(luma, width, height) == Strip(frame, angle)


@given(luma=st.binary(min_size=640, max_size=640))
def test_a_picture_without_a_strip_has_none_or_a_checked_one(luma):
    found = read_strip(luma * 15, 640, 15)
    assert found is None or read_strip(strip_row(found, 640) * 15, 640, 15) == found


def test_a_keyframe_gets_the_parameter_sets_that_came_before():
    keyframe, later = real_stream(2)[0].data, real_stream(2)[10].data
    assert nal_types(keyframe)[:2] == [7, 8]
    bare = keyframe[keyframe.index(b"\x00\x00\x01\x65") - 1 :]
    sets = ParameterSets()
    assert sets.complete(bare) == (bare, False)
    assert sets.complete(keyframe) == (keyframe, True)
    completed, can_start = sets.complete(bare)
    assert can_start
    assert nal_types(completed) == [7, 8, 5]
    assert sets.complete(later)[1]
    assert sets.complete(real_stream(2)[1].data) == (real_stream(2)[1].data, False)


def test_parameter_sets_that_come_alone_are_kept_for_the_next_keyframe():
    keyframe = real_stream(2)[0].data
    start = keyframe.index(b"\x00\x00\x01\x65") - 1
    sets = ParameterSets()
    assert sets.complete(keyframe[:start])[1] is False
    assert nal_types(sets.complete(keyframe[start:])[0]) == [7, 8, 5]


def test_every_letter_has_the_same_size_and_unknown_ones_are_blank():
    lines = rows("Raspberry-01 12:30 #7 +30° é", 2, 200, 20)
    assert len(lines) == (HEIGHT + 2) * 2
    assert {len(line) for line in lines} == {((WIDTH + 1) * 28 + 1) * 2}
    assert rows("é", 1, 200, 20) == rows(" ", 1, 200, 20)
