"""Who may set the mode: signatures hold for the very record that was signed, by a writer whom the site names."""

import base64
import stat
from datetime import UTC, datetime

import pytest

from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.config import ConfigError
from vigie.runtime.mode_keys import EVERYBODY, ModeKey, SiteSettings, Writers, make_key, read_key

AWAY = ModeRecord(
    mode=Mode.SURVEILLANCE,
    stamp=(1_790_000_000_000, 0, "server"),
    changed_by="ann",
    changed_from="page 192.168.1.7",
    changed_at=datetime(2026, 11, 23, 19, 0, tzinfo=UTC),
    bypass=("raspberry-01/button",),
)
SERVER, THIEF = ModeKey(b"s" * 32), ModeKey(b"t" * 32)
WRITERS = Writers({"key switch": ModeKey(b"k" * 32).public, "server": SERVER.public})


def test_where_nobody_is_named_everybody_may():
    assert EVERYBODY.allow(AWAY)


def test_only_who_is_named_may():
    assert WRITERS.allow(SERVER.sign(AWAY))
    assert not WRITERS.allow(THIEF.sign(AWAY))
    assert not WRITERS.allow(AWAY)


@pytest.mark.parametrize(
    "change",
    [
        {"mode": Mode.ACTIVE},
        {"stamp": (1_790_000_000_001, 0, "server")},
        {"changed_by": "bob"},
        {"changed_from": ""},
        {"changed_at": None},
        {"bypass": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_signature_is_for_one_record(change):
    assert not WRITERS.allow(SERVER.sign(AWAY).model_copy(update=change))


@pytest.mark.parametrize("signature", ["", "x", "ä", "AAAA", *(base64.b64encode(bytes(size)).decode() for size in (64, 9999))])
def test_a_broken_signature_is_none(signature):
    assert not WRITERS.allow(AWAY.model_copy(update={"signature": signature}))


def test_it_survives_the_wire():
    carried = ModeRecord.model_validate_json(SERVER.sign(AWAY).model_dump_json())
    assert WRITERS.allow(carried)


def test_a_key_file_is_its_owners_alone_and_made_once(tmp_path):
    path = tmp_path / "mode.key"
    made = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path).public == made.public
    with pytest.raises(FileExistsError):
        make_key(path)


@pytest.mark.parametrize("content", [b"", b"AAAA", b"\xff\xfe"])
def test_what_is_no_key_says_how_to_make_one(tmp_path, content):
    path = tmp_path / "mode.key"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"mode\.key"):
        read_key(path)
    with pytest.raises(ConfigError, match=r"gone"):
        read_key(tmp_path / "gone")
    assert read_key(None) is None


def test_a_writer_without_a_public_key_is_refused():
    with pytest.raises(ValueError, match="--new-key"):
        SiteSettings(mode_writers={"server": "c2hvcnQ="})
