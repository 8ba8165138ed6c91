"""Somebody who guesses passwords: how many are looked at, and who else is kept out by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.server.access import PASSWORDS, peopled, sign_in, visitor_at
from tests.server.running import Server, running_server
from vigie.server.access.desks import UserDesk
from vigie.server.hashing import MAX_WAITING
from vigie.testing.fake_clock import FakeClock

TRIES = 1000
ROUNDS = 4


@asynccontextmanager
async def from_elsewhere(server: Server, address: str) -> AsyncIterator[Server]:
    """Somebody at another address of this machine."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, connector=connector, cookie_jar=jar) as http:
        yield Server(server.url, http)


def desk(folder: Path, clock: FakeClock) -> UserDesk:
    return UserDesk(f"sqlite:///{folder / 'vigie.db'}", clock, say=lambda _: None, complain=lambda _: None)


async def test_of_1000_wrong_passwords_with_restarts_between_ten_at_most_are_looked_at(tmp_path: Path, clock: FakeClock):
    async with peopled(tmp_path, clock):
        pass
    statuses = []
    for number in range(ROUNDS):
        async with running_server(tmp_path, clock) as server:
            guesses = [f"guess {number} {guess} of many" for guess in range(TRIES // ROUNDS)]
            statuses += [(await sign_in(server, "anna", guess))[0] for guess in guesses]
    assert set(statuses) == {401, 429}
    assert 1 <= statuses.count(401) <= 10
    async with running_server(tmp_path, clock) as server:
        status, problem = await sign_in(server, "anna")
        assert (status, problem["code"]) == (429, "sign_in_locked"), "the right one is not looked at either"
        async with from_elsewhere(server, "127.0.0.2") as elsewhere:
            assert (await sign_in(elsewhere, "anna"))[0] == 429, "the account waits, wherever one tries from"
            assert (await sign_in(elsewhere, "otto"))[0] == 200
        assert (await sign_in(server, "otto"))[0] == 429, "the address waits, whomever one tries"
        assert desk(tmp_path, clock).unlock() == 0
        assert (await sign_in(server, "anna"))[0] == 200


async def test_a_wait_is_said_and_ends(tmp_path: Path, clock: FakeClock):
    async with peopled(tmp_path, clock) as site, visitor_at(site.server) as guesser:
        waits = [(await sign_in(guesser, "otto", "not his password"))[1]["detail"] for _ in range(5)]
        assert "30 s" in waits[-1]
        async with guesser.http.post("/api/session", json={"name": "otto", "password": PASSWORDS["otto"]}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
        clock.turn(30)
        assert (await sign_in(guesser, "otto"))[0] == 200
        assert (await sign_in(guesser, "otto", "not his password"))[0] == 401, "a right one begins anew"


async def test_an_account_that_there_is_not_is_told_apart_by_nothing(tmp_path: Path, clock: FakeClock):
    async with peopled(tmp_path, clock) as site:
        for address, name in (("127.0.0.2", "otto"), ("127.0.0.3", "nobody-here"), ("127.0.0.4", "\x00 odd'; --")):
            async with from_elsewhere(site.server, address) as guesser:
                answers = [await sign_in(guesser, name, "a password of length") for _ in range(6)]
            assert [status for status, _ in answers] == [401] * 5 + [429], name
            assert {body["code"] for _, body in answers[:5]} == {"wrong_sign_in"}
        status, audit = await site.people["anna"].get("/api/audit")
        assert status == 200
        failed = [entry["actor"] for entry in audit["entries"] if entry["action"] == "sign_in_failed"]
        assert sorted(set(failed)) == ["", "otto"], "what was typed for a name may be a password"


async def test_many_at_once_find_no_room_instead_of_all_the_memory(tmp_path: Path, clock: FakeClock):
    async with peopled(tmp_path, clock) as site:

        async def attempt(number: int) -> int:
            async with from_elsewhere(site.server, f"127.0.1.{number + 1}") as guesser:
                return (await sign_in(guesser, f"user-{number}", "some long password"))[0]

        statuses = await asyncio.gather(*(attempt(number) for number in range(4 * MAX_WAITING)))
        assert set(statuses) == {401, 429}
        assert statuses.count(401) >= MAX_WAITING
        assert (await sign_in(site.people["vera"], "vera"))[0] == 200
