"""What must hold, judged from the files alone: an account of what was accepted that none of the programs can touch."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vigie.protocol.events import LATE_AFTER_S
from vigie.protocol.sensors import is_detection

LIVE_GRACE_S = 6.0
"""A live event may be five seconds old when it is published, and nobody says so; the rest of its expiry is whole seconds."""
Number = tuple[str, int]
"""Stream and seq."""


@dataclass(slots=True)
class Accepted:
    """An event that a log took.

    `excused`: it went with a "card", or with a "server" that had it: then the log may have pruned it before it heard of that,
    and has to tell in the end.
    """

    id: str
    device_id: str
    type: str
    happened_at_s: float
    boots: int
    was_stored: bool = False
    excused: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of a Pi's log under the number that it has now."""

    id: str
    type: str
    number: Number
    body: str


def read(path: Path, query: str) -> list[sqlite3.Row]:
    """What a database holds, asked by a stranger."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(query).fetchall()


def read_log(path: Path) -> list[Logged]:
    """Everything in a Pi's log."""
    streams = [(row["base"], row["stream_id"]) for row in read(path, "SELECT base, stream_id FROM streams ORDER BY base")]
    rows = []
    for row in read(path, "SELECT number, id, type, body FROM events ORDER BY number"):
        base, stream_id = next((base, stream) for base, stream in reversed(streams) if base < row["number"])
        rows.append(Logged(row["id"], row["type"], (stream_id, row["number"] - base), row["body"]))
    return rows


def ranges_in(gaps: Iterable[tuple[str, str]]) -> set[Number]:
    """The numbers that gap events name, each given by its stream and its details."""
    return {
        (stream_id, seq)
        for stream_id, details in gaps
        for first, last in json.loads(details).get("ranges", ())
        for seq in range(first, last + 1)
    }


def _is_alert(row: sqlite3.Row) -> bool:
    """By the Pi's own decision, or, where it took none, because the site is guarded."""
    decision = json.loads(row["details"]).get("decision")
    return is_detection(row["type"]) if decision is None else decision.get("alert") is True


class Account:
    """Who accepted what, and under which numbers it went."""

    def __init__(self) -> None:
        self.sensed: dict[str, Accepted] = {}
        self.accepted: dict[str, Accepted] = {}
        self.ids: dict[Number, str] = {}
        self.numbers: defaultdict[str, set[Number]] = defaultdict(set)
        self.copied_streams: set[str] = set()
        self.taken_of_third_party: set[int] = set()

    def enter(self, log: list[Logged], device_id: str, now_s: float, boots: int) -> None:
        """What a log holds is accepted, whoever was told. A number is given once."""
        for row in log:
            if row.id not in self.accepted:
                self.accepted[row.id] = self.sensed.get(row.id) or Accepted(row.id, device_id, row.type, now_s, boots)
            self.numbers[row.id].add(row.number)
            if row.number[0] not in self.copied_streams:
                assert self.ids.setdefault(row.number, row.id) == row.id, f"number {row.number} is given twice"

    def check(self, server: Path, logs: Iterable[list[Logged]], spooled: list[dict[str, object]], boots: dict[str, int]) -> None:
        """What holds after every step, whatever has died."""
        rows = read(server, "SELECT * FROM events")
        ids = [row["id"] for row in rows]
        assert len(ids) == len(set(ids)), f"stored twice: {sorted(id_ for id_ in ids if ids.count(id_) > 1)}"
        numbers = [(row["device_id"], row["stream_id"], row["seq"]) for row in rows if row["stream_id"]]
        assert len(numbers) == len(set(numbers)), "two events are stored under one number"
        for row in rows:
            if row["stream_id"] is not None:
                self._check_stored(row, boots)
        alerts = [row["event_id"] for row in read(server, "SELECT event_id FROM alerts WHERE type != 'event_conflict'")]
        assert sorted(alerts) == sorted(row["id"] for row in rows if _is_alert(row)), "not one alert per detection that is one"
        self._check_ledgers(server, rows)
        log_rows = [row for log in logs for row in log]
        gaps = [(row.number[0], row.body) for row in log_rows if row.type == "gap"]
        gaps += [(row["stream_id"], row["details"]) for row in rows if row["type"] == "gap" and row["stream_id"]]
        self._check_kept({*ids, *(row.id for row in log_rows)}, ranges_in(gaps))
        self._check_third_party(rows, spooled)

    def _check_stored(self, row: sqlite3.Row, boots: dict[str, int]) -> None:
        event = self.accepted.get(row["id"])
        assert event is not None, f"{row['id']} is stored and was never accepted"
        assert (row["device_id"], row["type"]) == (event.device_id, event.type)
        assert (row["stream_id"], row["seq"]) in self.numbers[row["id"]], f"{row['id']} is stored under a number it never had"
        if event.was_stored:
            return
        event.was_stored = True
        age_s = row["received_at_ms"] / 1000 - event.happened_at_s
        if age_s > LATE_AFTER_S + LIVE_GRACE_S:
            assert row["late"], f"{row['id']} was {age_s} s old when it was stored, and is not late"
        elif age_s < LATE_AFTER_S and event.boots == boots[event.device_id]:
            assert not row["late"], f"{row['id']} was {age_s} s old when it was stored, and is late"

    def _check_ledgers(self, server: Path, rows: list[sqlite3.Row]) -> None:
        """`through_seq` is a promise about every number below it, and the sums are those of the rows."""
        stored: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        skipped: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for row in rows:
            stored[row["device_id"], row["stream_id"]].add(row["seq"])
        for skip in read(server, "SELECT * FROM skips"):
            skipped[skip["device_id"], skip["stream_id"]].update(range(skip["first_seq"], skip["last_seq"] + 1))
        for stream in read(server, "SELECT * FROM streams WHERE stream_id != ''"):
            key = (stream["device_id"], stream["stream_id"])
            untrue = set(range(1, stream["through_seq"] + 1)) - stored[key] - skipped[key]
            assert not untrue, f"through_seq {stream['through_seq']} of {key} is not true: {untrue}"
            assert stream["stored"] == len(stored[key])
            without_event = stream["dropped"] + stream["quarantined"] + stream["elsewhere"]
            assert without_event == len(skipped[key] - stored[key]), f"the ledger of {key} does not add up"

    def _check_kept(self, known: set[str], given_up: set[Number]) -> None:
        """An accepted event is on the server, or still in its log, or named by a gap event."""
        for id_, event in self.accepted.items():
            is_told = not self.numbers[id_].isdisjoint(given_up)
            assert id_ in known or is_told or event.excused, f"{id_} is lost: accepted, on no server, in no log, in no gap"

    def _check_third_party(self, rows: list[sqlite3.Row], spooled: list[dict[str, object]]) -> None:
        """What has no log behind it is safe from the bridge's PUBACK on, and stored once."""
        stored = [json.loads(row["details"])["n"] for row in rows if row["type"] == "humidity"]
        assert len(stored) == len(set(stored)), "a third party's event is stored twice"
        waiting = {item["details"]["n"] for item in spooled if item.get("type") == "humidity"}  # type: ignore[index]
        lost = self.taken_of_third_party - set(stored) - waiting
        assert not lost, f"acknowledged to a third party, and gone: {lost}"

    def check_arrived(self, server: Path) -> None:
        """After a while in which everything worked: all is there, or named as given up."""
        rows = read(server, "SELECT id, type, stream_id, details FROM events")
        stored = {row["id"] for row in rows}
        given_up = ranges_in((row["stream_id"], row["details"]) for row in rows if row["type"] == "gap" and row["stream_id"])
        for id_, event in self.accepted.items():
            is_told = not self.numbers[id_].isdisjoint(given_up)
            assert id_ in stored or is_told or event.excused == "card", f"{id_} never arrives"
