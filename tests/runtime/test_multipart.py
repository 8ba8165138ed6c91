"""Pictures one after another on one stream."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.runtime.multipart import MAX_PICTURE_BYTES, NotPictures, Picture, part_of, read_pictures

PICTURES = st.lists(st.builds(Picture, st.binary(max_size=200), st.integers(0, 2**40), st.integers(0, 10**6)), max_size=5)


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(PICTURES, st.integers(1, 300))
async def test_what_was_written_is_read_wherever_it_is_cut(pictures, size):
    written = b"".join(part_of(picture, picture.age_ms) for picture in pictures)
    assert [picture async for picture in read_pictures(pieces(written, size))] == pictures


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 5000,
        b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + b"x" * 5000,
        b"--frame\r\nContent-Length: -1\r\n\r\n",
        b"--frame\r\nContent-Length: 1e9\r\n\r\n",
        f"--frame\r\nContent-Length: {MAX_PICTURE_BYTES + 1}\r\n\r\n".encode(),
        b"--other\r\nContent-Length: 1\r\n\r\nx",
        b"--frame\r\nContent-Length: 1\r\nX-Age-Ms: \xb2\r\n\r\nx",
    ],
)
async def test_what_is_no_stream_of_pictures_is_refused(data):
    with pytest.raises(NotPictures):
        _ = [picture async for picture in read_pictures(pieces(data, 100))]
