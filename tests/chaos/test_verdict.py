"""Everything that can be wrong with a history is found, and nothing is found in one that is right."""

from dataclasses import replace

import pytest

from tests.chaos.ledger import Accepted
from tests.chaos.third_party import DEVICE as THIRD_PARTY
from tests.chaos.verdict import Evidence, LogRow, judge

TYPES = ("motion_detected", "motion_ended")


def stored(number: int, **changes) -> dict:
    event = {"id": f"e{number}", "device_id": "pi-1", "stream_id": "s", "seq": number, "type": TYPES[number % 2], "details": {}}
    return {**event, "cursor": number, **changes}


def third_party(number: int, cursor: int) -> dict:
    nothing = {"stream_id": None, "seq": None, "type": "rain", "device_id": THIRD_PARTY, "details": {"n": number}}
    return stored(cursor, id=f"t{cursor}", **nothing)


def evidence(*events: dict, accepted: int = 4, **changes) -> Evidence:
    events = events or tuple(stored(number) for number in range(1, accepted + 1))
    return replace(
        Evidence(
            devices=("pi-1",),
            ledger={f"e{n}": Accepted(f"e{n}", "pi-1", "s", n, TYPES[n % 2], at=0.0) for n in range(1, accepted + 1)},
            logs=[LogRow("pi-1", f"e{n}", TYPES[n % 2]) for n in range(1, accepted + 1)],
            newest={"pi-1": accepted},
            cut_logs=frozenset(),
            stored=events,
            alerts=[{"event_id": event["id"]} for event in events if event["type"] == "motion_detected"],
            api_ledger=[{"device_id": "pi-1", "accepted": accepted, "stored": accepted, "missing": 0, "quarantined": 0}],
            seen={event["id"]: event["cursor"] for event in events},
            seen_twice=(),
            integrity={"vigie.db": "ok"},
        ),
        **changes,
    )


def test_a_whole_history_has_no_faults():
    verdict = judge(evidence())
    assert verdict.is_good
    assert (verdict.accepted, verdict.stored, verdict.unconfirmed, verdict.alerts_expected) == (4, 4, 0, 2)


def test_an_event_of_the_ledger_that_is_not_stored_is_lost():
    assert judge(evidence(stored(1), stored(2), stored(4))).lost == 1


def test_an_event_that_only_the_agents_log_knows_is_unconfirmed_and_may_not_be_lost_either():
    log = [*evidence().logs, LogRow("pi-1", "e5", "motion_ended")]
    verdict = judge(evidence(logs=log, newest={"pi-1": 5}))
    assert (verdict.unconfirmed, verdict.lost) == (1, 1)


def test_an_unconfirmed_event_is_not_invented():
    log = [*evidence().logs, LogRow("pi-1", "e5", "motion_ended")]
    told = [{"device_id": "pi-1", "accepted": 5, "stored": 5, "missing": 0, "quarantined": 0}]
    verdict = judge(evidence(*(stored(n) for n in range(1, 6)), logs=log, newest={"pi-1": 5}, api_ledger=told))
    assert verdict.is_good
    assert (verdict.unconfirmed, verdict.invented) == (1, 0)


def test_an_event_that_nobody_accepted_is_invented():
    assert judge(evidence(*(stored(n) for n in range(1, 6)))).invented == 1


def test_an_event_stored_otherwise_than_accepted_is_invented():
    assert judge(evidence(stored(1), stored(2), stored(3), stored(4, type="button_pressed"))).invented == 1


@pytest.mark.parametrize("again", [stored(4, cursor=5), stored(4, cursor=5, id="e5")], ids=["the same id", "the same number"])
def test_an_event_stored_twice_is_found(again):
    assert judge(evidence(*(stored(n) for n in range(1, 5)), again)).duplicated > 0


@pytest.mark.parametrize(
    "alerts", [[], [{"event_id": "e2"}] * 2 + [{"event_id": "e4"}], [{"event_id": f"e{n}"} for n in (1, 2, 4)]]
)
def test_each_detection_has_one_alert_and_nothing_else_has_one(alerts):
    assert judge(evidence(alerts=alerts)).alerts_wrong > 0


def decided(number: int, outcome: str, **changes) -> dict:
    details = {"decision": {"outcome": outcome, "alert": outcome == "alarm"}} | changes.pop("more", {})
    return stored(number, details=details, **changes)


HISTORY = (
    decided(2, "entry_delay"),
    stored(3, type="alarm", details={"state": "pending", "cause": "e2"}),
    decided(4, "alarm", type="alarm", more={"cause": "e2"}),
    decided(6, "not_guarded"),
)
ALERT = {"event_id": "e4", "type": "motion_detected"}


def faults_of(what: str, *events: dict, alerts=(ALERT,)) -> list[str]:
    found = judge(evidence(stored(1), stored(5), *events, accepted=6, alerts=alerts)).faults
    return [fault for fault in found if fault.startswith(what)]


def test_where_the_agent_decides_its_decisions_are_the_alerts():
    assert faults_of("alert", *HISTORY) == []
    assert faults_of("alert", *HISTORY, alerts=[]) == ["alert: none for event e4"]
    assert faults_of("alert", *HISTORY, alerts=[ALERT, {"event_id": "e6"}]) == ["alert: without a cause: e6"]


def test_an_alert_of_an_absence_is_of_no_event():
    absences = [{"event_id": "x", "type": "device_silent"}, {"event_id": "y", "type": "bridge_silent"}]
    assert faults_of("alert", *HISTORY, alerts=[ALERT, *absences]) == []


def test_a_detection_that_alarms_twice_is_found():
    assert faults_of("alarmed twice", *HISTORY) == []
    assert faults_of("alarmed twice", decided(2, "alarm"), *HISTORY[1:]) == ["alarmed twice: 2 times for e2"]


def test_a_detection_that_a_deciding_agent_left_undecided_is_found():
    assert faults_of("decision", *HISTORY) == []
    assert faults_of("decision", stored(2), *HISTORY[1:]) == ["decision: none for pi-1 e2 seq=2"]


def test_a_hole_in_the_numbers_is_found_though_every_known_event_is_there():
    assert any(fault.startswith("order") for fault in judge(evidence(stored(1), stored(2), stored(3), stored(4, seq=5))).faults)


def test_numbers_that_a_gap_event_gives_up_are_no_hole():
    gap = stored(5, type="gap", details={"ranges": [[3, 4]]})
    assert not [fault for fault in judge(evidence(stored(1), stored(2), gap)).faults if fault.startswith("order")]


@pytest.mark.parametrize("wrong", [{"missing": 1}, {"quarantined": 1}, {"accepted": 3}, {"stored": 3}, {"device_id": "pi-2"}])
def test_a_ledger_of_the_server_that_says_something_else_is_found(wrong):
    told = {"device_id": "pi-1", "accepted": 4, "stored": 4, "missing": 0, "quarantined": 0} | wrong
    assert any(fault.startswith("/api/ledger") for fault in judge(evidence(api_ledger=[told])).faults)


def test_a_damaged_database_is_found():
    assert not judge(evidence(integrity={"vigie.db": "row 3 missing from index"})).is_good


@pytest.mark.parametrize("seen", [{}, {"e1": 1, "e2": 2, "e3": 3, "e4": 9}])
def test_a_reader_who_has_seen_another_history_is_found(seen):
    assert not judge(evidence(seen=seen)).is_good


def test_a_third_partys_event_counts_from_the_bridges_acknowledgement_on():
    events = [*(stored(n) for n in range(1, 5)), third_party(1, 5), third_party(2, 6), third_party(2, 7)]
    verdict = judge(evidence(*events, third_party_accepted=frozenset({1, 3}), third_party_published=3))
    assert (verdict.third_party_lost, verdict.third_party_repeated, verdict.invented) == (1, 1, 0)
    assert judge(evidence(*events, third_party_published=1)).invented == 1
