"""The quick way for our agents' messages says exactly what the careful way says, or nothing."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.bridge.test_intake import NOW, metas, payloads, topic_texts
from vigie.bridge.intake import rows_of
from vigie.bridge.quick_intake import quick_rows
from vigie.protocol.events import BROKER_KEEPS_S

scalars = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=8)
values = st.recursive(scalars, lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(max_size=4), children))
good_metas = st.fixed_dictionaries(
    {"id": st.just("id-1"), "stream_id": st.just("s-1"), "seq": st.integers(1, 2**62), "boot_id": st.text(max_size=40)},
    optional={
        "mono_ms": st.integers(0, 2**40),
        "clock": st.sampled_from(["synced", "holdover", "unsynced", "sundial"]),
        "occurred_at": st.sampled_from(
            ["2026-11-23T19:14:12.123Z", "2026-11-23T20:14:12.123999+01:00", "2026-02-30T00:00:00Z", 5, None]
        ),
        "kind": st.sampled_from(["motion", "button", "door"]),
    },
).map(lambda meta: {"mono_ms": 1, **meta})
bodies = st.dictionaries(st.sampled_from(["state", "a", "model_config", 'é"\\']), values | st.just("detected"), max_size=3)
good_payloads = st.tuples(bodies, good_metas | metas).map(lambda both: {**both[0], "meta": both[1]})
sensors = st.sampled_from(["motion", "button", "door", "connect", "Bad", ""])
pages = st.lists(
    st.fixed_dictionaries({"sensor": sensors, "payload": good_payloads}, optional={"age_ms": st.integers() | st.none()}), max_size=3
).map(lambda events: {"events": events})


def quick(topic: str, payload: bytes, *, expires_in_s: int | None = None):
    return quick_rows(topic, payload, received_at=NOW, new_id=lambda: "new", expires_in_s=expires_in_s)


def careful(topic: str, payload: bytes):
    return rows_of(topic, payload, received_at=NOW, new_id=lambda: "new")


def both_ways(topic: str, payload: bytes) -> None:
    rows = quick(topic, payload)
    assert rows is None or rows == careful(topic, payload)


@given(sensors, good_payloads)
def test_an_event_reads_the_same_both_ways(sensor, payload):
    both_ways(f"sensors/pi/{sensor}", json.dumps(payload).encode())


@given(sensors, bodies)
def test_an_event_of_a_third_party_reads_the_same_both_ways(sensor, body):
    both_ways(f"sensors/pi/{sensor}", json.dumps(body).encode())


@given(pages)
def test_a_page_reads_the_same_both_ways(page):
    both_ways("replays/pi", json.dumps(page).encode())


@given(topic_texts, payloads)
def test_any_other_bytes_do_too(topic, payload):
    both_ways(topic, payload)


def event(seq: int, **more) -> dict[str, object]:
    meta = {
        "id": f"id-{seq}",
        "stream_id": "s",
        "seq": seq,
        "boot_id": "b",
        "mono_ms": 1,
        "occurred_at": "2026-11-23T19:14:12.123Z",
    }
    return {"state": "detected", "confidence": 0.95, **more, "meta": meta}


def test_what_an_agent_sends_goes_the_quick_way_and_the_same_event_is_the_same_bytes_on_both_topics():
    (live,) = quick("sensors/pi/motion", json.dumps(event(7)).encode())
    page = {"events": [{"sensor": "motion", "payload": event(7), "age_ms": 5000}]}
    (replayed,) = quick("replays/pi", json.dumps(page).encode())
    assert (live.item, live.content_crc) == (replayed.item, replayed.content_crc)
    assert (live.age_ms, replayed.age_ms) == (0, 5000)
    assert [live] == careful("sensors/pi/motion", json.dumps(event(7)).encode())


def test_the_rest_of_the_message_expiry_tells_how_long_a_live_event_lay_at_the_broker():
    payload = json.dumps(event(1)).encode()
    ages = [
        quick("sensors/pi/motion", payload, expires_in_s=rest)[0].age_ms
        for rest in (BROKER_KEEPS_S, BROKER_KEEPS_S - 300, 0, 2**31)
    ]
    assert ages == [0, 300_000, BROKER_KEEPS_S * 1000, 0]
    odd = json.dumps(event(1, text="\u00e9\ud83d\ude00", n={"a": [1]})).encode()
    (row,) = rows_of("sensors/pi/motion", odd, received_at=NOW, new_id=lambda: "x", expires_in_s=BROKER_KEEPS_S - 300)
    assert row.age_ms == 300_000


def test_a_third_partys_expiry_is_its_own_business():
    (row,) = rows_of("sensors/pi/door", b"{}", received_at=NOW, new_id=lambda: "x", expires_in_s=60)
    assert row.age_ms == 0


def test_a_third_partys_event_goes_the_quick_way():
    assert quick("sensors/pi/door", b'{"open": true, "volts": 2.9}') == careful("sensors/pi/door", b'{"open": true, "volts": 2.9}')
    assert quick("sensors/pi/door", b'{"open": 1e999}') is None
    assert quick("sensors/pi/door", b'{"\\u006deta": {}}') is None
