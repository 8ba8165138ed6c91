"""Each part of the house away for a while, under steady events: nothing is lost, nothing is stored twice."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.house import RunningHouse
from tests.waiting import wait_until
from vigie.testing.trigger import TriggerRefused, send_trigger

AWAY_EVENTS = 120  # both Pis together at about 20 events/s: six seconds of outage


class Walkers:
    """People in front of both Pis, and an independent ledger of what the Pis accepted."""

    def __init__(self, data_dir) -> None:
        self._data_dir = data_dir
        self._stop = threading.Event()
        self.accepted: dict[str, dict] = {}
        self.errors: list[TriggerRefused] = []
        self._thread = threading.Thread(target=asyncio.run, args=(self._walk_all(),))
        self._thread.start()

    async def _walk_all(self) -> None:
        await asyncio.gather(self._walk("raspberry-01"), self._walk("raspberry-02"))

    async def _walk(self, device: str) -> None:
        try:
            while not self._stop.is_set():
                async for event in send_trigger(self._data_dir, device, "motion", 0.1):
                    self.accepted[event["id"]] = event
        except TriggerRefused as error:
            self.errors.append(error)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)


@contextmanager
def walkers(house) -> Iterator[Walkers]:
    people = Walkers(house.data_dir)
    try:
        wait_until(lambda: len(people.accepted) > 20, "events flow before the outage")
        yield people
    finally:
        people.stop()


@pytest.mark.parametrize("program", ["server", "bridge", "mosquitto", "embedded_broker"])
def test_an_outage_loses_nothing_and_doubles_nothing(tmp_path, program):
    kind = "embedded" if program == "embedded_broker" else "mosquitto"
    house = RunningHouse(tmp_path / "data", "--no-scenario", "--broker", kind)
    try:
        with walkers(house) as people:
            # Stopped, not ended, so that it stays away; then killed, so that it comes back without its memory.
            house.send(signal.SIGSTOP, program)
            before = len(people.accepted)
            wait_until(lambda: len(people.accepted) >= before + AWAY_EVENTS, "the Pis do not notice", within_s=30)
            house.kill(program)
            at_return = len(people.accepted)
            wait_until(lambda: len(people.accepted) > at_return + 20, "events flow after the outage")
        assert not people.errors
        ids = sorted(people.accepted)
        wait_until(lambda: stored_ids(house, ids) == ids, "every accepted event is stored once", within_s=60)
        wait_until(
            lambda: all(row["missing"] == 0 for row in house.get("/api/ledger")["devices"]), "the ledger is complete", within_s=30
        )
    finally:
        house.stop()


def stored_ids(house, wanted: list[str]) -> list[str]:
    """The stored ids among `wanted`, with their repetitions."""
    known = set(wanted)
    try:
        return sorted(event["id"] for event in house.events() if event["id"] in known)
    except OSError:
        return []
