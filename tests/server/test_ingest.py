"""`POST /api/events`: stored once, answered after the commit, told to everyone."""

import asyncio
import base64
import json
from pathlib import Path

from tests.server.running import Browser, FakeBridge, Server, event

GOLDEN = Path(__file__).parents[1] / "golden"
LEAST = {"type": "motion_detected", "device_id": "raspberry-01", "details": {"confidence": 0.95}}


async def test_the_reference_body_is_stored_listed_and_emitted(server: Server, browser: Browser):
    status, stored = await server.post("/api/events", LEAST)
    assert status == 201
    assert stored["sensor"] == "motion"
    assert stored["clock"] == "synced"
    assert stored["occurred_at"] == stored["received_at"] == "2026-11-23T19:00:00.000Z"
    assert await server.events() == [stored]
    assert await browser.next("motion_detected") == stored


async def test_a_body_without_a_content_type_is_taken(server: Server):
    status, stored = await server.post("/api/events", data=json.dumps(LEAST).encode())
    assert (status, stored["device_id"]) == (201, "raspberry-01")


async def test_an_event_of_an_unset_clock_has_the_time_of_its_arrival(server: Server):
    status, stored = await server.post("/api/events", event(1, occurred_at=None, clock="unsynced"))
    assert (status, stored["occurred_at"], stored["clock"]) == (201, "2026-11-23T19:00:00.000Z", "unsynced")


async def test_a_duplicate_upload_is_stored_once(server: Server):
    _, first = await server.post("/api/events", event(1))
    status, again = await server.post("/api/events", event(1))
    assert (status, again) == (200, first)
    status, by_seq_alone = await server.post("/api/events", {**event(1), "id": None})
    assert (status, by_seq_alone) == (200, first)
    assert len(await server.events()) == 1


async def test_a_replay_is_a_duplicate_however_late_it_is(server: Server):
    _, first = await server.post("/api/events", event(1, occurred_at=None, clock="unsynced"))
    status, again = await server.post("/api/events", event(1, occurred_at=None, clock="unsynced", late=True))
    assert (status, again) == (200, first)


async def test_fifty_posts_of_one_event_at_once_store_one(server: Server):
    answers = await asyncio.gather(*(server.post("/api/events", event(1)) for _ in range(50)))
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({stored["cursor"] for _, stored in answers}) == 1
    assert len(await server.events()) == 1


async def test_the_same_key_with_other_content_is_quarantined_and_the_stored_event_stands(server: Server):
    await server.post("/api/events", event(1))
    status, problem = await server.post("/api/events", event(1, details={"forged": True}))
    assert status == 409
    assert "quarantine" in problem["detail"]
    status, result = await server.post("/api/events", [event(1, id="other", type="motion_ended"), event(2)])
    assert (status, result["accepted"], result["quarantined"]) == (200, 1, 1)
    assert [stored["details"].get("forged") for stored in await server.events()] == [None, None]
    assert (await server.device("raspberry-01"))["ledger"]["quarantined"] == 2


async def test_a_list_is_answered_with_counts_and_contiguous_cursors(server: Server):
    batch = [event(1), event(2), event(2), event(4), event(1, device_id="raspberry-02", id="b1")]
    status, result = await server.post("/api/events", batch)
    assert status == 200
    assert (result["accepted"], result["duplicates"], result["quarantined"]) == (4, 1, 0)
    assert result["cursors"] == [
        {"device_id": "raspberry-01", "stream_id": "s1", "through_seq": 2, "event_id": "event-2"},
        {"device_id": "raspberry-02", "stream_id": "s1", "through_seq": 1, "event_id": "b1"},
    ]
    _, healed = await server.post("/api/events", [event(3)])
    assert [(cursor["through_seq"], cursor["event_id"]) for cursor in healed["cursors"]] == [(4, "event-4")]


async def test_a_list_sent_again_is_all_duplicates_with_the_same_cursors(server: Server):
    batch = [event(seq) for seq in range(1, 1001)]
    _, first = await server.post("/api/events", batch)
    status, again = await server.post("/api/events", batch)
    assert (status, again["accepted"], again["duplicates"]) == (200, 0, 1000)
    mark = {"device_id": "raspberry-01", "stream_id": "s1", "through_seq": 1000, "event_id": "event-1000"}
    assert again["cursors"] == first["cursors"] == [mark]


async def test_an_empty_list_is_nothing(server: Server):
    assert await server.post("/api/events", []) == (200, {"accepted": 0, "duplicates": 0, "quarantined": 0, "cursors": []})


async def test_bad_items_of_a_list_are_quarantined_and_the_good_are_stored(server: Server):
    refused = {
        "id": "refused-1",
        "topic": "sensors/raspberry-01/motion",
        "payload_base64": base64.b64encode(b"\xff\xfe").decode(),
        "reason": "not UTF-8",
        "received_at": "2026-11-23T18:59:00Z",
    }
    reserved = event(7, type="connect")
    batch = [event(1), refused, {"type": 5}, "text", None, [1], reserved, event(2), {**event(3), "seq": 0}, {**refused, "extra": 1}]
    for _ in range(2):
        status, result = await server.post("/api/events", batch)
        assert (status, result["accepted"] + result["duplicates"], result["quarantined"]) == (200, 2, 8)
    assert [stored["seq"] for stored in await server.events()] == [2, 1]
    # Sent twice, kept once: the refused one, the reserved type, the seq 0.
    assert (await server.device("raspberry-01"))["ledger"]["quarantined"] == 3


async def test_the_quarantine_says_what_came_and_why_it_was_refused(server: Server):
    refused = {
        "id": "refused-1",
        "topic": "sensors/raspberry-01/motion",
        "payload_base64": base64.b64encode(b"\xff" + b"x" * 5000).decode(),
        "reason": "not UTF-8",
    }
    await server.post("/api/events", [refused, {"type": 5, "device_id": "raspberry-02"}])
    await server.post("/api/events", [refused, event(1)])
    await server.post("/api/events", [event(1, details={"forged": True})])
    status, listed = await server.get("/api/quarantine")
    assert status == 200
    conflict, invalid, bytes_ = listed["items"]
    assert ("other content" in conflict["reason"], "forged" in conflict["payload"]) == (True, True)
    assert (invalid["device_id"], invalid["topic"], invalid["payload"]) == (
        "raspberry-02",
        None,
        '{"device_id": "raspberry-02", "type": 5}',
    )
    assert "type" in invalid["reason"]
    assert (bytes_["device_id"], bytes_["topic"], bytes_["reason"]) == ("raspberry-01", refused["topic"], "not UTF-8")
    assert (bytes_["payload"][:8], bytes_["payload_bytes"]) == ("\\xffxxxx", 5001)
    _, page = await server.get("/api/quarantine", limit=1, before=conflict["id"])
    assert page["items"] == [invalid]


async def test_a_single_event_that_breaks_the_rules_is_a_422_that_names_the_field(server: Server):
    for body, field in [
        ({"device_id": "raspberry-01", "details": {}}, "type"),
        ({**LEAST, "device_id": "../etc"}, "device_id"),
        ({**LEAST, "details": "text"}, "details"),
        ({**LEAST, "type": "disconnect"}, ""),
        ({**LEAST, "occurred_at": "0001-01-01T00:00:00+23:00"}, "occurred_at"),
    ]:
        status, problem = await server.post("/api/events", body)
        assert status == 422, problem
        assert any(fault["loc"][-1] == (field or "body") for fault in problem["errors"]), problem
    assert await server.events() == []


async def test_more_than_a_thousand_items_are_refused_whole(server: Server):
    status, problem = await server.post("/api/events", [event(seq) for seq in range(1, 1002)])
    assert (status, problem["status"]) == (413, 413)
    assert "1000" in problem["detail"]
    assert await server.events() == []


async def test_the_golden_events_and_refusals_go_in_and_come_out_as_they_are(server: Server):
    events = json.loads((GOLDEN / "stored_events.json").read_text())
    refused = json.loads((GOLDEN / "refused_payloads.json").read_text())
    status, result = await server.post("/api/events", events + refused)
    assert (status, result["accepted"], result["quarantined"]) == (200, len(events), len(refused))
    ours = {"cursor", "received_at"}
    stored = {one["id"]: one for one in await server.events()}
    for golden in events:
        assert {k: v for k, v in stored[golden["id"]].items() if k not in ours} == {
            k: v for k, v in golden.items() if k not in ours
        }


async def test_a_large_backlog_reaches_an_open_page_in_order(server: Server, browser: Browser):
    for start in range(1, 3001, 1000):
        await server.post("/api/events", [event(seq) for seq in range(start, start + 1000)])
    await browser.next("motion_detected", lambda body: body["seq"] == 3000)
    assert [body["seq"] for body in browser.heard("motion_detected")] == list(range(1, 3001))


async def test_each_event_is_told_under_the_cursor_that_it_is_stored_under(server: Server, browser: Browser):
    """Lists longer than one statement takes, all new and with what is there already in between."""
    for first, last in ((1, 300), (290, 580)):
        await server.post("/api/events", [event(seq) for seq in range(first, last + 1)])
    stored = await server.events(after=0, limit=1000)
    assert [one["seq"] for one in stored] == list(range(1, 581))
    await browser.next("motion_detected", lambda body: body["seq"] == 580)
    assert browser.heard("motion_detected") == stored


async def test_events_are_counted_for_prometheus(server: Server, bridge: FakeBridge):
    await server.post("/api/events", [event(1), event(1), event(3, late=True), {"nonsense": 1}])
    await bridge.heartbeat(last_seq=5)
    await bridge.say("health", {"spool_depth": 7, "broker_connected": True})
    status, text = await server.get("/metrics")
    assert status == 200
    for line in (
        "vigie_events_stored_total 2.0",
        "vigie_events_duplicate_total 1.0",
        "vigie_events_quarantined_total 1.0",
        "vigie_events_late_total 1.0",
        "vigie_bridges_connected 1.0",
        "vigie_bridge_spool_depth 7.0",
        'vigie_ledger_accepted{device_id="raspberry-01"} 5.0',
        'vigie_ledger_stored{device_id="raspberry-01"} 2.0',
        'vigie_ledger_missing{device_id="raspberry-01"} 3.0',
        'vigie_ledger_late{device_id="raspberry-01"} 1.0',
        'vigie_ledger_dropped{device_id="raspberry-01"} 0.0',
        'vigie_ledger_quarantined{device_id="raspberry-01"} 0.0',
        'vigie_ledger_proof_age_seconds{device_id="raspberry-01"} 0.0',
        "vigie_ingest_seconds_count 1.0",
    ):
        assert line in text.splitlines(), line
