"""Which bytes of a file are asked for."""

import pytest

from vigie.runtime.byte_range import BadRange, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-1000", (10, 100)),
        ("bytes=99-", (99, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("lines=0-1", None),
        ("Bytes = 0-9", (0, 10)),
    ],
)
def test_ranges_are_read_as_the_rfc_says(header, expected):
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=20-10"])
def test_a_range_behind_the_end_is_unsatisfiable(header):
    with pytest.raises(BadRange, match="100 bytes"):
        parse_range(header, 100)


def test_of_nothing_yet_no_byte_can_be_had():
    with pytest.raises(BadRange):
        parse_range("bytes=0-", 0)


@pytest.mark.parametrize("header", ["bytes=", "bytes=-", "bytes=a-b", "bytes=+1-2", "bytes=0-1,5-6", f"bytes={'9' * 40}-"])
def test_what_is_no_range_is_refused(header):
    with pytest.raises(BadRange, match="is no range"):
        parse_range(header, 100)
