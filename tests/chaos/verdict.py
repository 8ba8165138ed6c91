"""The verdict: what was accepted against what is stored. Pure; the evidence is gathered in `evidence.py`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import third_party
from tests.chaos.ledger import Accepted

Stored = Mapping[str, Any]
_EXAMPLES = 10
_DETECTIONS = ("motion_detected", "button_pressed")
_OF_NO_EVENT = ("device_silent", "bridge_silent")
"""Alerts of the server's own: who is killed or frozen for long enough is missed, and rightly so."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of an agent's own log, read after the agent has ended."""

    device_id: str
    id: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`newest`: the last number that each agent's log has given. `seen`: ids that the reader had, with their cursors.
    `integrity`: per database what SQLite says of it. `cut_logs`: devices whose log has pruned rows. The third party's
    events are known by a number in them: those that the bridge has acknowledged, and how many were published at all.
    """

    devices: Sequence[str]
    ledger: Mapping[str, Accepted]
    logs: Sequence[LogRow]
    newest: Mapping[str, int]
    cut_logs: frozenset[str]
    stored: Sequence[Stored]
    alerts: Sequence[Mapping[str, Any]]
    api_ledger: Sequence[Mapping[str, Any]]
    seen: Mapping[str, int]
    seen_twice: Sequence[str]
    integrity: Mapping[str, str]
    third_party_accepted: frozenset[int] = frozenset()
    third_party_published: int = 0


@dataclass(kw_only=True)
class Verdict:
    """Counts, and examples of what is wrong. `accepted` is what the ledger says; `unconfirmed` was accepted by an agent
    that died before it could say so. `third_party_repeated` is no fault: a broker that goes back to an old memory hands
    out again what was acknowledged, and nothing in such an event tells it from a new one.
    """

    accepted: int
    unconfirmed: int
    stored: int
    lost: int
    duplicated: int
    invented: int
    third_party: int
    third_party_lost: int
    third_party_repeated: int
    alerts_expected: int
    alerts_wrong: int
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults

    def rows(self) -> list[tuple[str, int | str]]:
        """For the table."""
        return [
            ("accepted", self.accepted),
            ("unconfirmed", self.unconfirmed),
            ("stored", self.stored),
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("invented", self.invented),
            ("third party's", self.third_party),
            ("third party's lost", self.third_party_lost),
            ("third party's repeated", self.third_party_repeated),
            ("alerts", self.alerts_expected),
            ("alerts wrong", self.alerts_wrong),
        ]


def judge(evidence: Evidence) -> Verdict:
    """Compares, in both directions; every disagreement is a fault in words."""
    faults: list[str] = []
    stored_ids = Counter(str(event["id"]) for event in evidence.stored)
    accepted = {event.id: event.device_id for event in evidence.ledger.values()} | {row.id: row.device_id for row in evidence.logs}
    own = [event for event in evidence.stored if event["device_id"] in evidence.devices and event["type"] != "gap"]
    numbers = Counter(event["details"].get("n") for event in evidence.stored if event["device_id"] == third_party.DEVICE)

    lost = sorted(accepted.keys() - stored_ids.keys())
    _complain(faults, "lost", (f"{accepted[id_]} {id_}{_where(evidence, id_)}" for id_ in lost))
    duplicated = _duplicated(evidence.stored, stored_ids)
    _complain(faults, "stored twice", duplicated)
    invented = [
        f"{event['device_id']} {event['id']} seq={event['seq']}"
        for event in own
        if event["id"] not in accepted and event["device_id"] not in evidence.cut_logs
    ] + _altered(evidence)
    invented += [f"{third_party.DEVICE} n={n}" for n in numbers if not isinstance(n, int) or n > evidence.third_party_published]
    _complain(faults, "invented", invented)
    third_party_lost = sorted(evidence.third_party_accepted - numbers.keys())
    _complain(faults, "lost of the third party", (f"n={n}" for n in third_party_lost))
    expected = {str(event["id"]) for event in own if _is_alert(event)}
    wrong = _wrong_alerts(expected, [alert for alert in evidence.alerts if alert.get("type") not in _OF_NO_EVENT])
    _complain(faults, "alert", wrong)
    _complain(faults, "alarmed twice", _alarmed_twice(own))
    _complain(faults, "decision", _undecided(own))
    _complain(faults, "order", _holes(evidence.stored))
    _complain(faults, "/api/ledger", _disagreements(evidence))
    _complain(faults, "integrity_check", (f"{name}: {text}" for name, text in evidence.integrity.items() if text != "ok"))
    _complain(faults, "reader", _unlike_history(evidence))
    return Verdict(
        accepted=len(evidence.ledger),
        unconfirmed=len(accepted) - len(evidence.ledger),
        stored=len(evidence.stored),
        lost=len(lost),
        duplicated=len(duplicated),
        invented=len(invented),
        third_party=len(evidence.third_party_accepted),
        third_party_lost=len(third_party_lost),
        third_party_repeated=sum(count - 1 for count in numbers.values()),
        alerts_expected=len(expected),
        alerts_wrong=len(wrong),
        faults=faults,
    )


def _complain(faults: list[str], what: str, found: Iterable[str]) -> None:
    whole = list(found)
    faults += [f"{what}: {text}" for text in whole[:_EXAMPLES]]
    if len(whole) > _EXAMPLES:
        faults.append(f"{what}: {len(whole) - _EXAMPLES} more")


def _where(evidence: Evidence, id_: str) -> str:
    event = evidence.ledger.get(id_)
    return " (unconfirmed)" if event is None else f" stream={event.stream_id} seq={event.seq}"


def _duplicated(stored: Sequence[Stored], ids: Counter[str]) -> list[str]:
    keys = Counter((event["device_id"], event["stream_id"], event["seq"]) for event in stored if event.get("stream_id"))
    return [f"id {id_} {count} times" for id_, count in ids.items() if count > 1] + [
        f"number {key} {count} times" for key, count in keys.items() if count > 1
    ]


def _altered(evidence: Evidence) -> list[str]:
    """Stored otherwise than it was accepted."""
    found = []
    for event in evidence.stored:
        accepted = evidence.ledger.get(str(event["id"]))
        if accepted is not None and (accepted.device_id, accepted.type) != (event["device_id"], event["type"]):
            found.append(f"{event['id']}: accepted as {accepted}, stored as {event}")
    return found


def _decision(event: Stored) -> Mapping[str, Any] | None:
    decision = event["details"].get("decision")
    return decision if isinstance(decision, dict) else None


def _is_alert(event: Stored) -> bool:
    """By the agent's own decision; an agent that decides nothing leaves it to the server, and the site is guarded."""
    decision = _decision(event)
    return str(event["type"]) in _DETECTIONS if decision is None else decision.get("alert") is True


def _alarmed_twice(own: Sequence[Stored]) -> list[str]:
    """A detection alarms once: by its own event, or by the `alarm` event of what was decided later."""
    times = Counter(str(event["details"].get("cause") or event["id"]) for event in own if _is_alert(event))
    return [f"{count} times for {cause}" for cause, count in times.items() if count > 1]


def _undecided(own: Sequence[Stored]) -> list[str]:
    """An agent that decides, decides for each detection."""
    deciding = {event["device_id"] for event in own if _decision(event) is not None}
    undecided = (
        event for event in own if event["type"] in _DETECTIONS and event["device_id"] in deciding and _decision(event) is None
    )
    return [f"none for {event['device_id']} {event['id']} seq={event['seq']}" for event in undecided]


def _wrong_alerts(expected: set[str], alerts: Sequence[Mapping[str, Any]]) -> list[str]:
    times = Counter(str(alert["event_id"]) for alert in alerts)
    return (
        [f"none for event {id_}" for id_ in expected - times.keys()]
        + [f"without a cause: {id_}" for id_ in times.keys() - expected]
        + [f"{count} times for event {id_}" for id_, count in times.items() if count > 1]
    )


def _holes(stored: Sequence[Stored]) -> list[str]:
    """Numbers of each log from 1 on without a hole; what a stored `gap` event gives up is none."""
    logs: dict[tuple[str, str], set[int]] = defaultdict(set)
    for event in stored:
        if event.get("stream_id"):
            log = logs[event["device_id"], event["stream_id"]]
            log.add(event["seq"])
            if event["type"] == "gap":
                for first, last in event["details"].get("ranges", ()):
                    log.update(range(first, last + 1))
    return [
        f"{device} {stream}: {len(log)} numbers up to {max(log)}; missing {sorted(set(range(1, max(log))) - log)[:5]}…"
        for (device, stream), log in logs.items()
        if len(log) != max(log)
    ]


def _disagreements(evidence: Evidence) -> list[str]:
    found = []
    by_device = {ledger["device_id"]: ledger for ledger in evidence.api_ledger}
    counts = Counter(event["device_id"] for event in evidence.stored if event.get("stream_id"))
    for device, newest in evidence.newest.items():
        ledger = by_device.get(device)
        if ledger is None:
            found.append(f"{device} is not in it")
        elif ledger["quarantined"]:
            found.append(f"{device} has {ledger['quarantined']} items in quarantine")
        elif ledger["missing"] != 0:
            found.append(f"{device} misses {ledger['missing']}")
        elif (ledger["accepted"], ledger["stored"]) != (newest, counts[device]):
            told = f"accepted {ledger['accepted']}, stored {ledger['stored']}"
            found.append(f"{device}: {told}; its log says {newest}, the history {counts[device]}")
    return found


def _unlike_history(evidence: Evidence) -> list[str]:
    history = {str(event["id"]): int(event["cursor"]) for event in evidence.stored}
    return (
        [f"twice: {id_}" for id_ in evidence.seen_twice]
        + [f"has not seen {id_}" for id_ in history.keys() - evidence.seen.keys()]
        + [
            f"saw {id_} at {cursor}, the history says {history.get(id_)}"
            for id_, cursor in evidence.seen.items()
            if history.get(id_) != cursor
        ]
    )
