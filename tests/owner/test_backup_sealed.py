"""The sealed container: what was put in comes out; whatever is changed, cut, doubled, moved or added is refused."""

import io
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.owner.backups import CHEAP
from vigie.owner.backup import sealed
from vigie.owner.backup.errors import NoBackup, WrongPassphrase
from vigie.owner.backup.sealed import CHUNK, SealedReader, SealedWriter

HEAD = 15 + 8 + 16 + 24
SEALED_CHUNK = CHUNK + 17


def seal(content: bytes, passphrase: str = "a passphrase") -> bytes:
    sink = io.BytesIO()
    with mock.patch.object(sealed, "COSTS", CHEAP):
        writer = SealedWriter(sink, passphrase)
    for start in range(0, len(content), 10_000):
        writer.write(content[start : start + 10_000])
    writer.close()
    return sink.getvalue()


def unseal(whole: bytes, passphrase: str = "a passphrase") -> bytes:
    reader = SealedReader(io.BytesIO(whole), passphrase)
    return b"".join(iter(lambda: reader.read(50_000), b""))


CONTENT = bytes(range(256)) * 1024  # four chunks
WHOLE = seal(CONTENT)
SHORT = seal(b"one chunk")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
def test_what_was_put_in_comes_out(size):
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    assert unseal(seal(content)) == content


def test_it_is_another_one_each_time_and_shows_nothing():
    assert seal(b"the same words") != seal(b"the same words")
    assert b"same" not in seal(b"the same words")


def test_another_passphrase_does_not_open_it():
    with pytest.raises(WrongPassphrase):
        unseal(WHOLE, "a passphrasf")


@given(st.integers(0, len(SHORT) - 1), st.integers(0, 7))
@settings(max_examples=300)
def test_no_flipped_bit_passes(at: int, bit: int):
    changed = bytearray(SHORT)
    changed[at] ^= 1 << bit
    with pytest.raises(NoBackup):
        unseal(bytes(changed))


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@settings(max_examples=60)
def test_no_changed_byte_of_a_long_one_passes(at: int, change: int):
    changed = bytearray(WHOLE)
    changed[at] ^= change
    with pytest.raises(NoBackup):
        unseal(bytes(changed))


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=60)
def test_no_cut_passes(length: int):
    with pytest.raises(NoBackup):
        unseal(WHOLE[:length])


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_no_other_order_of_chunks_passes_and_none_can_be_left_out_or_doubled(order: list[int], kept: set[int]):
    chunks = [WHOLE[HEAD + at * SEALED_CHUNK : HEAD + (at + 1) * SEALED_CHUNK] for at in range(4)]
    for chosen in (order, [at for at in order if at in kept], [*order, order[0]]):
        if chosen != [0, 1, 2, 3]:
            with pytest.raises(NoBackup):
                unseal(WHOLE[:HEAD] + b"".join(chunks[at] for at in chosen))


@pytest.mark.parametrize("more", [b"\0", b"x" * SEALED_CHUNK, SHORT], ids=["a byte", "a chunk", "a file"])
def test_nothing_can_be_written_behind_its_end(more):
    with pytest.raises(NoBackup):
        unseal(WHOLE + more)


def test_what_a_guess_at_the_passphrase_costs():
    """OWASP asks for 19 MiB and 2 passes at least."""
    sink = io.BytesIO()
    SealedWriter(sink, "a passphrase").close()
    assert sink.getvalue()[15:23] == (4).to_bytes(4) + (64 * 1024).to_bytes(4)
    assert unseal(sink.getvalue()) == b""


def test_a_head_that_asks_for_all_memory_is_refused_before_it_is_given():
    with pytest.raises(NoBackup, match="more memory"):
        unseal(SHORT[:19] + b"\xff\xff\xff\xff" + SHORT[23:])
