"""The verdict on killed recordings finds what it is there to find."""

import json

import pytest

from tests.bridge.card_ledger import CardLedger
from tests.bridge.card_verdict import Verdict
from tests.media import clip_bytes, media, sha256
from vigie.server.remux import remux

CLIP = "0193f5a0c0de7000800000000000c11b"
OTHER = "0193f5a0c0de7000800000000000c11c"


class Home:
    """One clip of two seconds that a kill met after half of it, as it should be in the end; and what a test makes of it."""

    def __init__(self, folder):
        self.card = folder / "media"
        self.card.mkdir()
        self.data = clip_bytes(2.0)
        part = self.card / f"{CLIP}.ts.part"
        part.write_bytes(self.data[: len(self.data) // 2])
        self.ledger = CardLedger(self.card, folder / "ledger")
        self.ledger.note()
        part.unlink()
        self.keep(self.data)
        self.recordings = [{"id": CLIP, "state": "finished", "container": "mp4", "truncated": True, "sha256": sha256(self.data)}]
        self.told = [(CLIP, "started", None), (CLIP, "finished", None)]
        self.served = folder / "made.mp4"
        self.beside = folder / "beside.mp4"

    def keep(self, data):
        (self.card / f"{CLIP}.ts").write_bytes(data)
        (self.card / f"{CLIP}.json").write_text(json.dumps({"media": media(CLIP, data), "stored": True}))

    def faults(self, started=()):
        told = [{"details": {"clip_id": clip, "state": state, "reason": reason}} for clip, state, reason in self.told]
        verdict = Verdict(self.ledger, self.recordings, told)
        for clip_id in verdict.finished:
            verdict.look_at(clip_id, self.served.read_bytes(), self.beside)
        verdict.look_at_events({CLIP, *started})
        return verdict.faults


@pytest.fixture
async def home(tmp_path):
    made = Home(tmp_path)
    await remux(made.card / f"{CLIP}.ts", made.served, None)
    return made


def fault(home, *, started=()):
    (found,) = home.faults(started)
    return found


def test_of_what_is_right_nothing_is_said(home):
    assert home.ledger.pictures_of(CLIP) >= 8
    assert home.faults() == []


def test_a_clip_that_was_announced_and_never_ended_is_lost(home):
    assert "has never been finished" in fault(home, started=[OTHER])


def test_a_clip_that_had_pictures_is_not_deleted_as_empty(home):
    home.told[1] = (CLIP, "deleted", "empty")
    assert "has never been finished, and was deleted because: empty" in fault(home)
    home.ledger.clips[CLIP].copy = None
    assert home.faults() == []


def test_a_finished_clip_that_is_not_on_the_server_is_lost(home):
    home.recordings.clear()
    assert "is finished and lost" in fault(home)


def test_what_is_there_twice_is_found_by_name_bytes_and_event(home):
    home.recordings.append({**home.recordings[0]})
    assert [f"{CLIP} is there 2 times", True] == [home.faults()[0], "bytes" in home.faults()[1]]
    home.recordings.pop()
    home.told.append((CLIP, "finished", None))
    assert "is told 2 times to be finished" in fault(home)


async def test_a_clip_that_is_shorter_than_it_was_at_the_kill_is_found(home):
    data = home.data[: len(home.data) // 4]
    home.keep(data)
    home.recordings[0]["sha256"] = sha256(data)
    await remux(home.card / f"{CLIP}.ts", home.served, None)
    assert any("is short" in found for found in home.faults())


def test_other_bytes_are_found(home):
    (home.card / f"{CLIP}.ts").write_bytes(home.data[:-188])
    assert "differ" in fault(home)
    home.keep(home.data)
    home.ledger.note()
    home.keep(home.data[:-188])
    home.ledger.note()
    assert home.ledger.changed == [CLIP]
