"""The whole house in one thread: the programs, what moves between them, and everything that can happen to them."""

import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.simulation.account import Accepted, Account, read, read_log
from tests.simulation.bridge import Bridge, Post
from tests.simulation.broker import Broker
from tests.simulation.disk import Crash
from tests.simulation.pi import Pi
from tests.simulation.server import Server, Unavailable
from vigie.protocol import topics
from vigie.testing import FakeClock

PI = "raspberry-01"
OTHER_PI = "raspberry-02"
THIRD_PARTY = "esp32-cellar"


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the programs are put together. Each default turned is a fault that the simulation must find."""

    deletes_on_puback: bool = False
    acknowledges_first: bool = False
    deletes_ahead: bool = False
    has_unique_keys: bool = True
    has_autoincrement: bool = True


def ram_folder() -> Path:
    """In memory where there is such a thing: nothing here is to survive the test."""
    shared = Path("/dev/shm")
    return Path(mkdtemp(prefix="vigie-simulation-", dir=shared if shared.is_dir() else None))


class World:
    """What can happen. `dies_after`: the program concerned is killed so many steps on its disk into it."""

    def __init__(self, wiring: Wiring) -> None:
        self.folder = ram_folder()
        self.clock = FakeClock(now=datetime(2026, 11, 23, 19, 0, tzinfo=UTC))
        self.broker = Broker()
        self.server = Server(self.folder, has_unique_keys=wiring.has_unique_keys)
        self.bridge = Bridge(
            self.folder,
            self.broker,
            self.clock,
            acknowledges_first=wiring.acknowledges_first,
            deletes_ahead=wiring.deletes_ahead,
        )
        self.pis = {
            name: Pi(
                name,
                self.folder,
                self.broker,
                deletes_on_puback=wiring.deletes_on_puback,
                has_autoincrement=wiring.has_autoincrement,
            )
            for name in (PI, OTHER_PI)
        }
        self.account = Account()
        self._ids = itertools.count(1)

    def close(self) -> None:
        for program in (*self.pis.values(), self.bridge):
            program.disk.bury()
        self.server.crash()
        shutil.rmtree(self.folder)

    @property
    def now_s(self) -> float:
        """True time: seconds since 1970, as the server's clock has it."""
        return self.clock.now().timestamp()

    def sense(self, name: str, *, is_detection: bool, dies_after: int | None = None) -> None:
        pi, id_ = self.pis[name], f"{name}-{next(self._ids)}"
        type_, word = ("motion_detected", "detected") if is_detection else ("motion_ended", "ended")
        self.account.sensed[id_] = Accepted(id_, name, type_, self.now_s, pi.boots)
        self._pi_does(pi, lambda: pi.sense(id_, "motion", type_, {"state": word, "location": "entrance"}), dies_after)

    def publish(self, name: str, dies_after: int | None = None) -> None:
        pi = self.pis[name]
        self._pi_does(pi, lambda: pi.publish_live(self.now_s), dies_after)

    def replay(self, name: str, count: int, dies_after: int | None = None) -> None:
        pi = self.pis[name]
        self._pi_does(pi, lambda: pi.replay(count, self.now_s), dies_after)

    def hear_acks(self, name: str, dies_after: int | None = None) -> None:
        pi = self.pis[name]
        for payload in self.broker.acks.pop(name, []):
            self._pi_does(pi, lambda: pi.take_ack(payload), dies_after)  # noqa: B023 - done before the next one

    def set_clock(self, name: str, dies_after: int | None = None) -> None:
        pi = self.pis[name]
        self._pi_does(pi, lambda: pi.set_clock(self.clock.now()), dies_after)

    def reboot(self, name: str) -> None:
        self.pis[name].crash(reboots=True)
        self._enter(self.pis[name])

    def restore_card(self, name: str) -> None:
        """What happened since the copy is gone with the old card, but for what is already elsewhere."""
        pi = self.pis[name]
        before = {row.number[0] for row in read_log(pi.path)}
        if pi.restore():
            self.account.copied_streams |= before | {pi.log.stream_id or ""}
            kept = {row.id for row in read_log(pi.path)}
            for event in self.account.accepted.values():
                if event.device_id == name and event.id not in kept:
                    event.excused = "card"
            self._enter(pi)

    def restore_card_in_reach(self, name: str) -> None:
        """The same with nothing under way, the server in reach and no hole in what it has, so that the copy hears how far its log
        had gone before it goes on. One that does not hear it in time is the limit that `test_limits.py` describes.
        """
        for program in ("bridge", "server", name):
            self.fill(program, is_full=False)
        self.receive(10_000)
        self.upload(1000)
        if not self.broker.waiting and not self.bridge.waiting() and not self._has_hole(name):
            self.restore_card(name)
            self.broker.acks.pop(name, None)
            self.beat(name)
            self.hear_acks(name)

    def _has_hole(self, name: str) -> bool:
        """Whether the server lacks some of a log's numbers below others that it has."""
        streams = read(self.server.path, "SELECT device_id, stream_id, through_seq, max_seq FROM streams")
        return any(row["device_id"] == name and row["stream_id"] and row["max_seq"] > row["through_seq"] for row in streams)

    def publish_third_party(self) -> None:
        payload = json.dumps({"n": next(self._ids)}).encode()
        self.broker.publish(topics.sensor(THIRD_PARTY, "humidity"), payload, self.now_s)

    def receive(self, count: int, dies_after: int | None = None, *, reaches: bool = True) -> None:
        try:
            with self.bridge.disk.killing_after(dies_after):
                self.bridge.receive(count, self._post(reaches=reaches))
        except Crash:
            self.bridge.crash()

    def upload(
        self,
        count: int,
        *,
        reaches: bool = True,
        is_answered: bool = True,
        newest_first: bool = False,
        reads_ahead: bool = False,
        deletes_later: bool = False,
        dies_after: int | None = None,
        server_dies_after: int | None = None,
    ) -> None:
        post = self._post(reaches=reaches, is_answered=is_answered, server_dies_after=server_dies_after)
        try:
            with self.bridge.disk.killing_after(dies_after):
                self.bridge.upload(count, post, newest_first=newest_first, reads_ahead=reads_ahead, deletes_later=deletes_later)
        except Crash:
            self.bridge.crash()

    def _post(self, *, reaches: bool, is_answered: bool = True, server_dies_after: int | None = None) -> Post:
        def post(items: list[bytes]) -> dict[str, Any]:
            if not reaches:
                raise Unavailable("the request was lost")
            answer = self._server_does(lambda: self.server.post(items, self.clock.now()), server_dies_after)
            if not is_answered:
                raise Unavailable("the answer was lost")
            return answer

        return post

    def beat(self, name: str, server_dies_after: int | None = None) -> None:
        """A heartbeat all the way up, and its answer into the broker."""
        heartbeat = self.pis[name].heartbeat()
        if heartbeat.stream_id is None:
            return
        now_ms = int(self.now_s * 1000)
        try:
            cursor = self._server_does(lambda: self.server.heartbeat(name, heartbeat, now_ms), server_dies_after)
        except Unavailable:
            return
        self.bridge.answer_heartbeat(cursor)

    def kill_broker(self) -> None:
        self.broker.die()
        self.bridge.connect()
        for pi in self.pis.values():
            pi.connected()

    def restore_server(self) -> None:
        """What the server has taken since is gone from it; the Pis send again what they still keep."""
        if not self.server.restore():
            return
        stored = read(self.server.path, "SELECT id, details FROM events")
        known = {row["id"] for row in stored}
        for event in self.account.accepted.values():
            if event.was_stored and event.id not in known:
                event.excused = event.excused or "server"
        waiting = {item["details"]["n"] for item in self.bridge.waiting() if item.get("type") == "humidity"}
        self.account.taken_of_third_party &= {json.loads(row["details"]).get("n") for row in stored} | waiting

    def pass_time(self, seconds: float) -> None:
        self.clock.turn(seconds)
        for pi in self.pis.values():
            pi.clock.turn(seconds)

    def fill(self, name: str, is_full: bool) -> None:
        {"bridge": self.bridge, "server": self.server, **self.pis}[name].disk.fill(is_full)

    def _pi_does(self, pi: Pi, work: Callable[[], object], dies_after: int | None) -> None:
        try:
            with pi.disk.killing_after(dies_after):
                work()
        except Crash:
            pi.crash()
        self._enter(pi)

    def _enter(self, pi: Pi) -> None:
        self.account.enter(read_log(pi.path), pi.device_id, self.now_s, pi.boots)

    def _server_does(self, work: Callable[[], dict[str, Any]], dies_after: int | None) -> dict[str, Any]:
        try:
            with self.server.disk.killing_after(dies_after):
                return work()
        except Crash as crash:
            self.server.crash()
            raise Unavailable("the server died") from crash

    def check(self) -> None:
        """What holds after every step, whatever has died."""
        self.account.taken_of_third_party |= {
            json.loads(message.payload)["n"] for message in self.broker.take_acknowledged() if THIRD_PARTY in message.topic
        }
        logs = [read_log(pi.path) for pi in self.pis.values()]
        boots = {name: pi.boots for name, pi in self.pis.items()}
        self.account.check(self.server.path, logs, self.bridge.waiting(), boots)

    def work(self, seconds: float) -> None:
        """One round in which everybody does what he has to do."""
        for name in self.pis:
            self.publish(name)
            self.beat(name)
            self.hear_acks(name)
            self.replay(name, 100)
        self.receive(1000)
        self.upload(500)
        self.pass_time(seconds)

    def settle(self) -> None:
        """Everything works again, for long enough; then the account must be even."""
        for name in (*self.pis, "bridge", "server"):
            self.fill(name, is_full=False)
        self.bridge.connect()
        for _ in range(60):
            self.work(6.0)
            if self._is_quiet():
                break
        self.check()
        for name, pi in self.pis.items():
            assert pi.log.acked_through == pi.log.last_seq, f"{name} still waits: {pi.log.acked_through} of {pi.log.last_seq}"
        self.account.check_arrived(self.server.path)

    def _is_quiet(self) -> bool:
        if self.broker.waiting or self.broker.acks or self.bridge.waiting():
            return False
        through = {
            (row["device_id"], row["stream_id"]): row["through_seq"]
            for row in read(self.server.path, "SELECT device_id, stream_id, through_seq FROM streams")
        }
        return all(
            not pi.log.waiting and pi.log.acked_through == pi.log.last_seq == through.get((name, pi.log.stream_id or ""), 0)
            for name, pi in self.pis.items()
        )
