"""What the books of a device mean in one line, and what is being done about what is missing."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.owner.logs import SEVEN
from vigie.owner.findings import Mark
from vigie.owner.rows import RowProof, words
from vigie.owner.verdicts import judge, remedy
from vigie.server.api.schemas import Ledger, StreamLedger

LOG = Path("events.sqlite")


def verdict(rows=(), *, is_ours=True, **figures):
    known = {"accepted": 10, "stored": 10, "missing": 0, "through_seq": 10, "last_proof_at": SEVEN, "stream_id": "one"}
    return judge(
        Ledger(device_id="hall", **{**known, **figures}), rows, remedy="wait", now=SEVEN + timedelta(seconds=5), is_ours=is_ours
    )


def stream(**figures):
    return StreamLedger(**{"stream_id": "one", "stored": 10, "through_seq": 10, **figures})


@pytest.mark.parametrize(
    ("mark", "text", "figures"),
    [
        (Mark.OK, "complete", {}),
        (Mark.FAILED, "3 events missing", {"missing": 3}),
        (Mark.WARNING, "complete but for 4 given up by the Pi", {"dropped": 4}),
        (Mark.WARNING, "complete but for 1 in the quarantine", {"quarantined": 1}),
        (Mark.WARNING, "no heartbeat has said", {"missing": None, "accepted": None, "last_proof_at": None}),
        (Mark.WARNING, "complete as of 2 h ago", {"last_proof_at": SEVEN - timedelta(hours=2)}),
        (Mark.OK, "no event log behind them", {"stream_id": None, "missing": None, "last_proof_at": None, "is_ours": False}),
        (Mark.WARNING, "cannot open its event log", {"stream_id": None, "missing": None}),
    ],
)
def test_the_books_alone(mark, text, figures):
    found = verdict(**figures)
    assert found.mark is mark
    assert text in found.seen


def test_rows_that_the_quarantine_has_are_not_missing():
    rows = [RowProof(LOG, 10, 9, missing=1)]
    assert verdict(rows, quarantined=1, streams=[stream(quarantined=1)]).mark is Mark.WARNING
    assert verdict(rows, quarantined=1, streams=[stream()]).mark is Mark.FAILED  # rubbish without a number is another matter


def test_a_duplicate_is_a_failure_whatever_the_books_say():
    assert verdict([RowProof(LOG, 10, 9, duplicated=1)]).mark is Mark.FAILED


def test_an_old_proof_does_not_matter_where_the_rows_prove_it():
    assert verdict([RowProof(LOG, 10, 10)], last_proof_at=SEVEN - timedelta(days=2)).mark is Mark.OK


@pytest.mark.parametrize(
    ("site", "device", "text"),
    [
        ({"bridge": "absent"}, {}, "no bridge is connected"),
        ({"bridge": "connected", "broker": "absent"}, {}, "has no broker"),
        ({}, {"state": "silent", "heartbeat_age_s": 7300}, "was last heard 2 h ago"),
        ({"spool_depth": 2, "health": [{"code": "bridge_fault", "detail": "HTTP 500"}]}, {"state": "online"}, "mended: HTTP 500"),
        ({"spool_depth": 12}, {"state": "online"}, "the bridge holds 12 events"),
        ({"spool_depth": 0}, {"state": "online"}, "sends them again by itself"),
    ],
)
def test_what_is_being_done(site, device, text):
    assert text in remedy(site, device)


def test_missing_numbers_in_words():
    assert words({"a" * 32: ((1, 2), (5, 5))}) == "seq 1-2, 5"
    assert words({"a" * 32: ((1, 2),), "b" * 32: ((9, 9),)}) == "seq 1-2 of aaaaaaaa; seq 9 of bbbbbbbb"
    assert words({"a": tuple((number, number) for number in range(0, 20, 2))}).endswith(", 8, …")


def test_what_only_an_earlier_log_had_is_not_promised_to_come():
    streams = [stream(missing=0), stream(stream_id="before-the-new-card", missing=3)]
    assert "they were in an earlier log (before-t)" in verdict(missing=3, streams=streams).mend
    assert verdict(missing=4, streams=streams).mend == "wait"
