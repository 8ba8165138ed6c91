"""Every route, every namespace and every path of the media, for everybody: who is let through, and what the others are told."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from fastapi.routing import APIRoute

from tests.server.access import peopled
from tests.server.running import Server
from vigie.server.app import ROUTERS, build_api
from vigie.testing.fake_clock import FakeClock

EVERYBODY = {"nobody", "viewer", "operator", "admin", "ingest", "revoked"}
KNOWN = EVERYBODY - {"nobody", "revoked"}
LOOK = {"viewer", "operator", "admin"}
OPERATE = {"operator", "admin"}
ADMIN = {"admin"}
ENROL = {"admin"}
"""Whoever is signed in: no token, whatever its scope. `tests/server/test_enrolment.py` tries one."""
DELIVER = {"ingest", "admin"}

MATRIX: dict[tuple[str, str], set[str]] = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/api/session"): EVERYBODY,
    ("POST", "/api/session"): EVERYBODY,
    ("DELETE", "/api/session"): EVERYBODY,
    ("POST", "/api/set-up"): EVERYBODY,
    ("PUT", "/api/session/password"): LOOK,
    ("GET", "/api/sessions"): LOOK,
    ("DELETE", "/api/sessions/{session_id}"): LOOK,
    ("GET", "/metrics"): LOOK,
    ("POST", "/api/events"): DELIVER,
    ("PUT", "/api/media/{media_id}"): DELIVER,
    ("PATCH", "/api/media/{media_id}"): DELIVER,
    ("POST", "/api/media/{media_id}/complete"): DELIVER,
    ("POST", "/api/media/live/{device_id}"): DELIVER,
    ("GET", "/api/site"): KNOWN,
    ("GET", "/api/devices"): KNOWN,
    ("GET", "/api/devices/{device_id}"): KNOWN,
    ("GET", "/api/ledger"): KNOWN,
    ("GET", "/api/events"): LOOK,
    ("GET", "/api/stats/hours"): LOOK,
    ("GET", "/api/quarantine"): LOOK,
    ("GET", "/api/alerts"): LOOK,
    ("GET", "/api/mode"): LOOK,
    ("GET", "/api/alarm"): LOOK,
    ("POST", "/api/alarm/replay"): LOOK,
    ("GET", "/api/cameras/{device_id}/live"): LOOK,
    ("GET", "/api/cameras/{device_id}/snapshot.jpg"): LOOK,
    ("GET", "/api/recordings"): LOOK,
    ("GET", "/api/recordings/days"): LOOK,
    ("GET", "/api/recordings/{recording_id}"): LOOK,
    ("GET", "/api/recordings/{recording_id}/video"): LOOK,
    ("GET", "/api/recordings/{recording_id}/poster.jpg"): LOOK,
    ("GET", "/api/stills"): LOOK,
    ("GET", "/api/stills/{still_id}"): LOOK,
    ("GET", "/api/stills/{still_id}/picture.jpg"): LOOK,
    ("GET", "/api/media-room"): LOOK,
    ("PUT", "/api/mode"): OPERATE,
    ("POST", "/api/alerts/{alert_id}/acknowledge"): OPERATE,
    ("POST", "/api/cameras/{device_id}/servo"): OPERATE,
    ("POST", "/api/cameras/{device_id}/record"): OPERATE,
    ("POST", "/api/cameras/{device_id}/siren"): OPERATE,
    ("POST", "/api/cameras/{device_id}/snapshot"): OPERATE,
    ("POST", "/api/recordings/{recording_id}/lock"): OPERATE,
    ("GET", "/api/incidents/{event_id}/export.zip"): OPERATE,
    ("GET", "/api/people"): OPERATE,
    ("DELETE", "/api/recordings/{recording_id}"): ADMIN,
    ("POST", "/api/people"): ADMIN,
    ("PUT", "/api/people/{name}"): ADMIN,
    ("POST", "/api/people/{name}/remove"): ADMIN,
    ("GET", "/api/audit"): ADMIN,
    ("POST", "/api/doctor"): ADMIN,
    ("GET", "/api/users"): ADMIN,
    ("POST", "/api/users"): ADMIN,
    ("PATCH", "/api/users/{name}"): ADMIN,
    ("DELETE", "/api/users/{name}"): ADMIN,
    ("GET", "/api/tokens"): ADMIN,
    ("POST", "/api/tokens"): ADMIN,
    ("DELETE", "/api/tokens/{name}"): ADMIN,
    ("GET", "/api/enrolment"): ENROL,
    ("POST", "/api/enrolment"): ENROL,
    ("DELETE", "/api/enrolment"): ENROL,
    ("POST", "/api/enrolment/confirm"): ENROL,
    ("GET", "/api/enrolment/authority"): EVERYBODY,
    ("POST", "/api/enrolment/request"): EVERYBODY,
    ("POST", "/api/enrolment/answer"): EVERYBODY,
}
DESCRIPTIONS = ("/openapi.json", "/docs", "/api/nothing", "/api", "/metrics/", "/socket.io")
"""Below the names of the API, what is not in the list is for who may look."""
PAGES = ("/", "/events", "/set-up", "/index.html", "/assets/none.js", "/healthy", "/apis")
NUMBERS = {"{session_id}": "9999", "{alert_id}": "9999"}


@pytest.fixture
async def everybody(tmp_path: Path, clock: FakeClock) -> AsyncIterator[dict[str, Server]]:
    async with peopled(tmp_path, clock) as site:
        revoked = await site.with_token("gone", "admin")
        assert (await site.people["anna"].delete("/api/tokens/gone"))[0] == 200
        yield {
            "nobody": await site.stranger(),
            "viewer": site.people["vera"],
            "operator": site.people["otto"],
            "admin": site.people["anna"],
            "ingest": await site.with_token("bridge", "ingest"),
            "revoked": revoked,
        }


def test_the_matrix_knows_every_route_and_no_other():
    routes = [route for router in ROUTERS for route in router.routes]
    assert all(isinstance(route, APIRoute) for route in routes)
    assert {(method, route.path) for route in routes for method in route.methods} == MATRIX.keys()
    added = [getattr(route, "path", None) for route in build_api().routes]
    assert [path for path in added if path is not None] == ["/openapi.json", "/docs", ""]


async def answer_of(visitor: Server, method: str, path: str) -> tuple[int, str | None]:
    """Its status and its problem's code."""
    # A body that is no JSON: whoever is let through changes nothing, whoever is not is told so before it is looked at.
    arguments = {} if method == "GET" else {"data": b"{", "headers": {"Content-Type": "application/json"}}
    async with visitor.http.request(method, path, allow_redirects=False, **arguments) as answer:
        problem = await answer.json(content_type=None) if answer.content_type == "application/problem+json" else {}
        return answer.status, problem.get("code")


def refusal_of(who: str, allowed: set[str], status: int, code: str | None) -> str | None:
    """What is wrong with this answer; None: it is the one that was to be."""
    if who in allowed:
        return None if status != 401 and code != "not_allowed" else "kept out"
    expected = (401, "sign_in_first") if who in ("nobody", "revoked") else (403, "not_allowed")
    return None if (status, code) == expected else f"not {expected}"


async def test_every_route_for_everybody(everybody: dict[str, Server]):
    wrong = []
    for (method, path), allowed in MATRIX.items():
        asked = path
        for name, number in NUMBERS.items():
            asked = asked.replace(name, number)
        asked = asked.replace("{", "").replace("}", "").replace("_id", "")
        for who, visitor in everybody.items():
            if (method, path) == ("DELETE", "/api/session") and who in LOOK:
                continue  # it would change who is who: tests/server/test_sign_in.py
            status, code = await answer_of(visitor, method, asked)
            if (why := refusal_of(who, allowed, status, code)) is not None:
                wrong.append((method, asked, who, status, code, why))
    assert wrong == []


async def test_what_is_no_route_tells_nobody_what_there_is(everybody: dict[str, Server]):
    wrong = []
    for path in DESCRIPTIONS:
        for who, visitor in everybody.items():
            status, code = await answer_of(visitor, "GET", path)
            if (why := refusal_of(who, LOOK, status, code)) is not None:
                wrong.append((path, who, status, code, why))
    for path in PAGES:
        for who, visitor in everybody.items():
            status, code = await answer_of(visitor, "GET", path)
            if status not in (200, 404) or code is not None:
                wrong.append((path, who, status, code, "a page is for anybody"))
    assert wrong == []


async def joined_by_websocket(visitor: Server, namespace: str) -> bool:
    try:
        async with visitor.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
            await socket.receive_str(timeout=5)
            await socket.send_str(f"40{namespace},")
            return (await socket.receive_str(timeout=5)).startswith("40")
    except aiohttp.WSServerHandshakeError:
        return False


async def joined_by_polling(visitor: Server, namespace: str) -> bool:
    params = {"EIO": "4", "transport": "polling"}
    async with visitor.http.get("/socket.io/", params=params) as answer:
        if answer.status != 200:
            return False
        params["sid"] = json.loads((await answer.text())[1:])["sid"]
    async with visitor.http.post("/socket.io/", params=params, data=f"40{namespace},") as answer:
        assert answer.status == 200
    async with visitor.http.get("/socket.io/", params=params) as answer:
        return (await answer.text()).startswith("40")


async def test_both_namespaces_on_both_transports_for_everybody(everybody: dict[str, Server]):
    wrong = []
    for join in (joined_by_websocket, joined_by_polling):
        for namespace, allowed in (("/", LOOK), ("/bridge", DELIVER)):
            for who, visitor in everybody.items():
                if await join(visitor, namespace) != (who in allowed):
                    wrong.append((join.__name__, namespace, who))
    assert wrong == []


async def test_a_handshake_of_nobody_leaves_nothing_behind(everybody: dict[str, Server]):
    nobody = everybody["nobody"]
    for transport in ("polling", "websocket"):
        async with nobody.http.get("/socket.io/", params={"EIO": "4", "transport": transport}) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (401, "sign_in_first")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await nobody.http.ws_connect("/socket.io/?EIO=4&transport=websocket")
    assert refused.value.status == 403
