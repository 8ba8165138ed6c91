"""Signing in and out, the first account, the own password, and what becomes of a connection whose visitor is welcome no more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import socketio

from tests.server.access import PASSWORDS, Site, peopled, sign_in, visitor_at
from tests.server.running import Browser, Server, bridge_on, running_server
from tests.waiting import wait_until_async
from vigie.server.access.doorkeeper import IDLE, LONGEST
from vigie.server.hashing import hash_of
from vigie.testing.fake_clock import FakeClock

NEW = "quite another long one"


@pytest.fixture
async def site(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Site]:
    async with peopled(tmp_path / "data", clock) as made:
        yield made


async def state(visitor: Server) -> tuple[str, str | None, str | None]:
    status, body = await visitor.get("/api/session")
    assert status == 200
    return body["state"], body["name"], body["role"]


async def actions(site: Site) -> list[tuple[str, str]]:
    status, audit = await site.people["anna"].get("/api/audit")
    assert status == 200
    return [(entry["action"], entry["actor"]) for entry in audit["entries"]]


def test_a_hash_costs_19_mib_and_two_rounds():
    assert hash_of("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_of("x") != hash_of("x")


async def test_the_first_account_locks_the_server_for_everybody_else(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, visitor_at(server) as anna:
        assert await state(server) == ("open", None, "admin")
        status, problem = await server.post("/api/users", {"name": "anna", "role": "admin", "password": NEW})
        assert (status, problem["code"]) == (409, "set_up_first")
        assert (await anna.post("/api/set-up", {"name": "anna", "password": NEW}))[0] == 201
        assert await state(anna) == ("signed_in", "anna", "admin")
        assert await state(server) == ("signed_out", None, None)
        assert (await server.get("/api/events"))[0] == 401
        status, problem = await server.post("/api/set-up", {"name": "eve", "password": NEW})
        assert (status, problem["code"]) == (409, "already_set_up")


async def test_of_two_first_accounts_at_once_one_is_made(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, visitor_at(server) as anna, visitor_at(server) as eve:
        answers = await asyncio.gather(
            *(who.post("/api/set-up", {"name": name, "password": NEW}) for who, name in ((anna, "anna"), (eve, "eve")))
        )
        assert sorted(status for status, _ in answers) == [201, 409]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_what_a_proxy_lets_in_is_no_try_out(server: Server, header: str):
    async with visitor_at(server, **{header: "127.0.0.1"}) as stranger:
        assert (await state(stranger))[0] == "set_up"
        assert (await stranger.get("/api/events"))[1]["code"] == "set_up_first"
        status, problem = await stranger.post("/api/set-up", {"name": "eve", "password": NEW})
        assert (status, problem["code"]) == (403, "wrong_set_up_code")


async def test_a_server_on_the_network_answers_with_its_set_up_page_alone(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock, host="0.0.0.0") as server, visitor_at(server) as anna:
        link = (tmp_path / "set-up-link").read_text().strip()
        assert ((tmp_path / "set-up-link").stat().st_mode & 0o777) == 0o600
        code = link.partition("#")[2]
        assert (await server.get("/api/events"))[1]["code"] == "set_up_first"
        assert (await server.post("/api/events", {"type": "x", "device_id": "y"}))[0] == 401
        assert (await server.get("/healthz"))[0] == 200
        for wrong in (None, "", code[:-1], code + "x", "é" * 20):
            status, problem = await server.post("/api/set-up", {"name": "eve", "password": NEW, "code": wrong})
            assert (status, problem["code"]) == (403, "wrong_set_up_code"), wrong
        assert (await anna.post("/api/set-up", {"name": "anna", "password": NEW, "code": code}))[0] == 201
        assert not (tmp_path / "set-up-link").exists()
        assert (await server.post("/api/set-up", {"name": "eve", "password": NEW, "code": code}))[0] == 409
        assert (await anna.get("/api/events"))[0] == 200


async def test_a_cookie_is_for_http_alone_and_for_this_site(site: Site):
    async with visitor_at(site.server) as otto:
        answer = await otto.http.post("/api/session", json={"name": "otto", "password": PASSWORDS["otto"]})
        cookie = answer.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Secure" not in cookie, "this server speaks no HTTPS"
        assert PASSWORDS["otto"] not in await answer.text()


async def test_each_sign_in_has_a_secret_of_its_own(site: Site):
    async with visitor_at(site.server, Cookie="vigie_session=planted") as otto:
        answer = await otto.http.post("/api/session", json={"name": "otto", "password": PASSWORDS["otto"]})
        assert answer.status == 200
        assert answer.cookies["vigie_session"].value not in ("", "planted")


async def test_signing_in_where_one_is_signed_in_leaves_no_session_behind(site: Site):
    otto = site.people["otto"]
    assert (await sign_in(otto, "otto"))[0] == 200
    sessions = (await otto.get("/api/sessions"))[1]["sessions"]
    assert [(row["user_name"], row["is_this_one"]) for row in sessions] == [("otto", True)]


async def test_signing_out_ends_this_session_and_no_other(site: Site):
    async with visitor_at(site.server) as second:
        assert (await sign_in(second, "otto"))[0] == 200
        assert (await second.delete("/api/session"))[0] == 204
        assert (await state(second))[0] == "signed_out"
        assert (await second.delete("/api/session"))[0] == 204
    assert await state(site.people["otto"]) == ("signed_in", "otto", "operator")
    assert ("signed_out", "otto") in await actions(site)


async def test_a_session_is_over_when_it_is_not_used_or_old(tmp_path: Path, clock: FakeClock):
    async with peopled(tmp_path, clock) as site:
        for days, lasts in ((IDLE.days - 1, True), (IDLE.days - 1, True), (IDLE.days + 1, False)):
            clock.turn(days * 24 * 3600)
            assert ((await state(site.people["otto"]))[0] == "signed_in") == lasts
        assert (await sign_in(site.people["otto"], "otto"))[0] == 200
        for _ in range(LONGEST.days // 20):
            assert (await state(site.people["otto"]))[0] == "signed_in"
            clock.turn(20 * 24 * 3600)
        clock.turn(1)
        assert (await state(site.people["otto"]))[0] == "signed_out"


async def test_ones_own_password(site: Site):
    otto = site.people["otto"]
    async with visitor_at(site.server) as second:
        await sign_in(second, "otto")
        for current, new, status, code in [
            ("wrong", NEW, 403, "wrong_password"),
            (PASSWORDS["otto"], "short", 422, "password_too_weak"),
            (PASSWORDS["otto"], NEW, 200, None),
        ]:
            answer = await otto.put("/api/session/password", {"current_password": current, "new_password": new})
            assert (answer[0], answer[1].get("code")) == (status, code)
        assert (await state(otto))[0] == "signed_in"
        assert (await state(second))[0] == "signed_out"
        assert (await sign_in(second, "otto"))[0] == 401
        assert (await sign_in(second, "otto", NEW))[0] == 200
    assert ("password_changed", "otto") in await actions(site)


async def test_one_sees_and_ends_ones_own_sessions_an_admin_everybodys(site: Site):
    otto, anna = site.people["otto"], site.people["anna"]
    async with visitor_at(site.server) as second:
        await sign_in(second, "otto")
        listed = (await otto.get("/api/sessions"))[1]["sessions"]
        assert [(row["user_name"], row["is_this_one"]) for row in listed] == [("otto", False), ("otto", True)]
        everybodys = (await anna.get("/api/sessions"))[1]["sessions"]
        assert sorted(row["user_name"] for row in everybodys) == ["anna", "otto", "otto", "vera"]
        annas = next(row["id"] for row in everybodys if row["user_name"] == "anna")
        status, problem = await otto.delete(f"/api/sessions/{annas}")
        assert (status, problem["code"]) == (404, "unknown_session")
        status, left = await otto.delete(f"/api/sessions/{listed[0]['id']}")
        assert (status, len(left["sessions"])) == (200, 1)
        assert (await state(second))[0] == "signed_out"


async def test_the_last_admin_stays_and_roles_count_at_once(site: Site):
    anna, otto = site.people["anna"], site.people["otto"]
    for answer in (await anna.delete("/api/users/anna"), await anna.patch("/api/users/anna", {"role": "viewer"})):
        assert (answer[0], answer[1]["code"]) == (409, "last_admin")
    assert (await anna.patch("/api/users/otto", {"role": "admin"}))[0] == 200
    assert (await otto.get("/api/users"))[0] == 200
    assert (await otto.patch("/api/users/anna", {"role": "viewer"}))[0] == 200
    assert (await anna.get("/api/users"))[0] == 403
    assert (await otto.delete("/api/users/anna"))[0] == 200
    assert (await anna.get("/api/events"))[0] == 401


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 are needed"),
        ("aaaaaaaaaaaaaaaa", "different letters"),
        ("evaevaevaevaevaeva12", "little is left"),
        ("password123456password", "little is left"),
        ("x" * 300, "longer than"),
    ],
)
async def test_weak_passwords_are_refused_with_the_reason(site: Site, password: str, why: str):
    body = {"name": "eva", "role": "viewer", "password": password}
    status, problem = await site.people["anna"].post("/api/users", body)
    assert (status, problem["code"]) == (422, "password_too_weak")
    assert why in problem["detail"]


async def connected(site: Site, visitor: Server) -> Browser:
    browser = Browser()
    browser.client = socketio.AsyncClient(http_session=visitor.http, reconnection=False)
    browser.client.on("*", browser._hear)
    await browser.client.connect(site.server.url, transports=["websocket"])
    return browser


async def test_a_socket_of_who_is_welcome_no_more_is_closed_not_only_told(site: Site):
    vera = site.people["vera"]
    async with vera.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        await socket.receive_str(timeout=5)
        await socket.send_str("40")
        assert (await socket.receive_str(timeout=5)).startswith("40")
        assert (await vera.delete("/api/session"))[0] == 204
        while (said := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert said.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), said


@pytest.mark.parametrize("how", ["signs out", "is signed out", "gets another role", "is removed"])
async def test_who_is_welcome_no_more_hears_nothing_any_more(site: Site, how: str):
    vera, anna = site.people["vera"], site.people["anna"]
    browser = await connected(site, vera)
    match how:
        case "signs out":
            assert (await vera.delete("/api/session"))[0] == 204
        case "is signed out":
            sessions = (await vera.get("/api/sessions"))[1]["sessions"]
            assert (await anna.delete(f"/api/sessions/{sessions[0]['id']}"))[0] == 200
        case "gets another role":
            assert (await anna.patch("/api/users/vera", {"role": "operator"}))[0] == 200
        case "is removed":
            assert (await anna.delete("/api/users/vera"))[0] == 200
    await wait_until_async(lambda: not browser.client.connected, "she is put out", within_s=5)


async def test_a_revoked_bridge_is_put_out(site: Site):
    bridge = await site.with_token("bridge-token", "ingest")
    async with bridge_on(Server(site.server.url, bridge.http)) as connection:
        assert (await site.people["anna"].delete("/api/tokens/bridge-token"))[0] == 200
        await wait_until_async(lambda: not connection.client.connected, "the bridge is put out", within_s=5)


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site):
    anna = site.people["anna"]
    status, made = await anna.post("/api/tokens", {"name": "grafana", "scope": "viewer"})
    assert (status, made["name"], made["scope"], len(made["token"])) == (201, "grafana", "viewer", 49)
    status, problem = await anna.post("/api/tokens", {"name": "grafana", "scope": "viewer"})
    assert (status, problem["code"]) == (409, "token_taken")
    program = await site.stranger(Authorization=f"bearer {made['token']}")
    assert (await program.bytes("/metrics"))[0] == 200
    assert await state(program) == ("signed_in", "grafana", "viewer")
    listed = (await anna.get("/api/tokens"))[1]["tokens"]
    assert [(row["name"], row["scope"], row["created_by"]) for row in listed] == [("grafana", "viewer", "anna")]
    assert made["token"] not in str(listed)
    assert (await anna.delete("/api/tokens/grafana"))[1] == {"tokens": []}
    assert (await program.bytes("/metrics"))[0] == 401
    assert (await anna.delete("/api/tokens/grafana"))[0] == 404


async def test_a_wrong_bearer_is_nobody_even_beside_a_good_cookie(site: Site):
    for bearer in ("", "vigie_", "vigie_" + "x" * 43, "a b"):
        async with site.people["anna"].http.get("/api/events", headers={"Authorization": f"Bearer {bearer}"}) as answer:
            assert answer.status == 401, bearer


async def test_cookies_of_any_shape_are_nobody(site: Site):
    for cookie in ("vigie_session=", "vigie_session", "vigie_session=%00", "vigie_session=" + "x" * 5000, ";;=;", "\u00e9=1"):
        async with aiohttp.ClientSession(site.server.url) as http, http.get("/api/events", headers={"Cookie": cookie}) as answer:
            assert answer.status == 401, cookie


async def test_deeds_bear_the_name_of_who_did_them(site: Site):
    otto, anna = site.people["otto"], site.people["anna"]
    bridge = await site.with_token("bridge-token", "ingest")
    async with bridge_on(Server(site.server.url, bridge.http)):
        assert (await otto.put("/api/mode", {"mode": "night"}))[1]["changed_by"] == "otto"
    assert (await anna.post("/api/people", {"name": "vera", "pin": "7391"}))[0] == 201
    done = await actions(site)
    assert ("mode", "otto") in done
    assert ("person_added", "anna") in done
    assert ("signed_in", "vera") in done
    assert ("user_added", "anna") in done
