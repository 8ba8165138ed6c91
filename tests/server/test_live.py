"""Socket.IO: what browsers hear, and a `/bridge` that no message of any shape can upset."""

import aiohttp
import pytest
import socketio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.running import Browser, FakeBridge, Server, browser_on, event
from vigie.domain.access import RIGHTS_OF_TRY_OUT
from vigie.protocol.uplink import HeartbeatAnswer
from vigie.server.access.visitor import remember, try_out
from vigie.server.bridges import Bridges
from vigie.testing import FakeClock

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)


async def test_a_browser_on_long_polling_hears_too(server: Server):
    async with browser_on(server, transports=("polling",)) as browser:
        _, stored = await server.post("/api/events", event(1))
        assert await browser.next("motion_detected") == stored


async def test_each_event_is_emitted_under_its_own_type(server: Server, browser: Browser):
    await server.post(
        "/api/events", [event(1), event(2, type="button_pressed", sensor="button"), event(3, type="a-b_c", sensor="x")]
    )
    await browser.next("a-b_c")
    assert [name for name, _ in browser.news if name != "device"] == ["motion_detected", "button_pressed", "a-b_c"]


async def test_a_duplicate_is_not_told_again(server: Server, browser: Browser):
    for seq in (1, 1, 1, 2):
        await server.post("/api/events", event(seq))
    await browser.next("motion_detected", lambda body: body["seq"] == 2)
    assert len(browser.heard("motion_detected")) == 2


async def test_what_a_browser_emits_is_ignored(server: Server, browser: Browser):
    for name in ("motion_detected", "heartbeat", "connect", "disconnect", "command"):
        await browser.client.emit(name, {"device_id": "raspberry-01"})
    await server.post("/api/events", event(1))
    await browser.next("motion_detected")
    assert [name for name, _ in browser.news if name not in {"motion_detected", "device"}] == []


async def test_a_foreign_page_cannot_connect(server: Server):
    for transport in ("polling", "websocket"):
        query = {"EIO": "4", "transport": transport}
        async with server.http.get("/socket.io/", params=query, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 401
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await server.http.ws_connect("/socket.io/?EIO=4&transport=websocket", origin="https://evil.example")


async def test_bad_bridge_messages_are_answered_with_their_fault(bridge: FakeBridge, server: Server):
    body = {"device_id": "raspberry-01", "body": {"boot_id": "b", "beat": 1, "stream_id": "s", "last_seq": 0}}
    for name, message, fault in [
        ("heartbeat", None, "valid dictionary"),
        ("heartbeat", {**body, "device_id": "../x"}, "device_id"),
        ("heartbeat", {**body, "body": {"beat": -1}}, "beat"),
        ("status", {**body, "body": {"state": "sleepy"}}, "state"),
        ("state", {**body, "part": None}, "part"),
        ("state", {**body, "part": "../x"}, "part"),
        ("state", {**body, "part": "servo", "body": {"x": "\x00"}}, "NUL"),
        ("mode", {"mode": "party"}, "mode"),
        ("hello", {}, "bridge_id"),
        ("health", {"spool_depth": "deep"}, "spool_depth"),
        ("dance", {}, "unknown message"),
    ]:
        answer = await bridge.say(name, message)
        assert fault in answer["error"], (name, message, answer)
    assert await server.get("/api/devices") == (200, {"devices": []})


async def test_no_message_of_any_shape_upsets_the_bridge_namespace(server: Server, bridge: FakeBridge):
    for name in ("hello", "heartbeat", "status", "state", "mode", "health", "connect", "disconnect"):
        for body in (None, 5, "text", [], [[]], {"device_id": []}, {"body": None}, b"bytes"):
            await bridge.client.emit(name, body, namespace="/bridge")
    status, health = await server.get("/healthz")
    assert (status, health["database"]) == (200, "ok")
    # A health report without a word in it says that the bridge has no broker.
    assert {trouble["code"] for trouble in health["health"]} <= {"broker_absent"}


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["hello", "heartbeat", "status", "state", "mode", "health"]), body=json_values)
def test_any_json_to_a_bridge_handler_is_an_answer(name: str, body: object):
    async def answer(*_said: object, **_more: object) -> HeartbeatAnswer:
        return HeartbeatAnswer(through_seq=0)

    class Anyone:
        take_status = take_state = staticmethod(lambda *_said, **_more: 0)
        take_heartbeat = take_reported = staticmethod(answer)
        arrive = staticmethod(lambda *_said: None)

    namespace = Bridges(socketio.AsyncServer(async_mode="asgi"), Anyone(), Anyone(), FakeClock(), Anyone())
    scope: dict[str, object] = {"type": "websocket", "headers": [], "client": ("127.0.0.1", 1)}
    remember(scope, try_out("127.0.0.1", RIGHTS_OF_TRY_OUT))

    async def talk() -> object:
        await namespace.trigger_event("connect", "sid", {"asgi.scope": scope})
        return await namespace.trigger_event(name, "sid", body)

    coroutine = talk()
    try:
        coroutine.send(None)
        finished = None
    except StopIteration as end:
        finished = end.value
    assert isinstance(finished, dict)
