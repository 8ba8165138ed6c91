"""Somebody who guesses PINs at a real server process, and kills it while he does."""

import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from tests.server.program import ServerProcess
from tests.waiting import wait_until
from vigie.domain.lockout import PIN_PATIENCE
from vigie.server.pins import MAX_PEOPLE

PIN = "7391"
ROUNDS = 9
GUESSES = 112


def add_ann(server: ServerProcess) -> None:
    assert requests.post(f"{server.url}/api/people", json={"name": "ann", "pin": PIN}, timeout=5).status_code == 201


def guess(server: ServerProcess, *pins: str) -> list[int]:
    with requests.Session() as session:
        return [session.put(f"{server.url}/api/mode", json={"mode": "active", "pin": pin}, timeout=20).status_code for pin in pins]


def ask(folder: Path, statement: str, *values: Any) -> Any:
    """One statement on the database of a server that may be running."""
    with closing(sqlite3.connect(folder / "vigie.db", isolation_level=None, timeout=5)) as database:
        return database.execute(statement, values).fetchone()


def failures(folder: Path) -> int:
    row = ask(folder, "SELECT failures FROM attempts WHERE key = 'pin'")
    return row[0] if row else 0


def let_a_day_pass(folder: Path) -> None:
    """As if the last failure had been made a day earlier, by the clock of this boot."""
    ask(folder, "UPDATE attempts SET mono_ms = mono_ms - ?", int(PIN_PATIENCE.max_wait_s * 1000))


def test_of_1000_wrong_pins_with_restarts_and_days_between_ten_are_tried(tmp_path: Path):
    answers: list[int] = []
    numbers = iter(range(10_000))
    for number in range(ROUNDS):
        with ServerProcess(tmp_path).wait_until_up() as server:
            if number == 0:
                add_ann(server)
            answers += guess(server, *(f"{next(numbers):04}" for _ in range(GUESSES)))
            server.stop(signal.SIGKILL if number % 2 else signal.SIGTERM)
        let_a_day_pass(tmp_path)
    assert len(answers) > 1000
    assert (answers.count(403), set(answers)) == (PIN_PATIENCE.max_failures, {403, 429})
    assert ask(tmp_path, "SELECT count(*) FROM audit WHERE action = 'pin_failed'") == (PIN_PATIENCE.max_failures,)
    assert ask(tmp_path, "SELECT count(*) FROM alerts WHERE type = 'pin_failed'") == (1,)
    with ServerProcess(tmp_path).wait_until_up() as server:
        assert guess(server, PIN) == [429], "the right PIN is not looked at either"


def test_a_server_killed_while_it_looks_at_a_pin_gives_no_free_guess(tmp_path: Path):
    with ServerProcess(tmp_path).wait_until_up() as server:
        add_ann(server)
    for number in range(MAX_PEOPLE - 1):  # so that it takes long enough to be killed in between
        ask(tmp_path, "INSERT INTO people SELECT ?, pin_hash, pin_hash, 0 FROM people WHERE name = 'ann'", f"p{number}")
    cut_off: list[bool] = []
    with ServerProcess(tmp_path).wait_until_up() as server:
        guessing = threading.Thread(target=lambda: cut_off.append(is_cut_off(server)))
        guessing.start()
        wait_until(lambda: failures(tmp_path) == 1, "the try is written down")
        server.stop(signal.SIGKILL)
        guessing.join()
    assert (cut_off, failures(tmp_path)) == ([True], 1)
    with ServerProcess(tmp_path).wait_until_up() as server:
        # Three tries come before the first wait: the one that was cut off was one of them.
        assert guess(server, "0000", "0001", "0002", PIN) == [403, 403, 429, 429]


def is_cut_off(server: ServerProcess) -> bool:
    try:
        guess(server, "0000")
    except requests.ConnectionError:
        return True
    return False
