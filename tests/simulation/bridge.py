"""The bridge in the simulation: its own reading of messages, its own spool; commit, then PUBACK; upload, then ack and delete.

As in the program the next batch may be read, and the last one deleted, while one is at the server.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.simulation.broker import Broker, Message
from tests.simulation.disk import Disk
from tests.simulation.server import Unavailable
from vigie.bridge.intake import Row
from vigie.bridge.quick_intake import rows_of
from vigie.bridge.spool_file import Received, SpooledRow, SpoolError, SpoolFile
from vigie.protocol.events import BROKER_KEEPS_S, LATE_AFTER_S
from vigie.protocol.states import Ack
from vigie.testing import FakeClock

MAX_BYTES = 1 << 20
Post = Callable[[list[bytes]], dict[str, Any]]
"""Items to the server; raises `Unavailable` when there is no answer."""


class Bridge:
    """One bridge process after another on one spool file. Its machine never reboots."""

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        clock: FakeClock,
        *,
        acknowledges_first: bool = False,
        deletes_ahead: bool = False,
    ) -> None:
        self.disk = Disk()
        self.path = folder / "spool.db"
        self.boot_id = "boot-of-the-bridge"
        self._broker = broker
        self._clock = clock
        self._acknowledges_first = acknowledges_first
        self._deletes_ahead = deletes_ahead
        self._ahead: list[SpooledRow] = []
        self._answered: list[int] = []
        self._ids = 0
        self._unspooled: list[Message] = []
        self._sent_straight: dict[int, bytes | None] = {}
        self._file = self._open()

    def receive(self, count: int, post: Post) -> None:
        """Takes messages from the broker, and acknowledges them once they are safe: in the spool, or on the server where the
        disk takes nothing.
        """
        self._unspooled += self._broker.hand_out(count)
        if not self._unspooled:
            return
        if self._acknowledges_first:
            for message in self._unspooled:
                self._broker.puback(message)
        received = [Received(self._rows(message), message.mid, message.dup) for message in self._unspooled]
        received = [one for one in received if not (one.dup and self._sent_straight.get(one.mid, b"") == one.rows[0].fingerprint)]
        try:
            self._file.insert(received, self.boot_id, self._mono_ms())
        except SpoolError:
            if not self._send_straight(self._file.unknown(received), post):
                return
        for message in self._unspooled:
            self._broker.puback(message)
        self._unspooled = []

    def _send_straight(self, received: list[Received], post: Post) -> bool:
        rows = [
            SpooledRow(0, row.device_id, row.item, row.is_event, row.age_ms, self.boot_id, self._mono_ms())
            for one in received
            for row in one.rows
        ]
        try:
            answer = post([self._item(row) for row in rows])
        except Unavailable:
            return False
        self._sent_straight.update((one.mid, row.fingerprint) for one in received for row in one.rows if row.fingerprint)
        self._tell(answer)
        return True

    def _rows(self, message: Message) -> list[Row]:
        def new_id() -> str:
            self._ids += 1
            return f"bridge-{self._ids}"

        left_s = max(0, BROKER_KEEPS_S - int(self._clock.now().timestamp() - message.sent_at_s))
        return rows_of(message.topic, message.payload, received_at=self._clock.now(), new_id=new_id, expires_in_s=left_s)

    def upload(
        self, count: int, post: Post, *, newest_first: bool = False, reads_ahead: bool = False, deletes_later: bool = False
    ) -> None:
        """Sends items, of the backlog's lane or of the live one; when they are answered, tells the Pis and forgets them.

        What was read ahead goes before all else of its lane, and the rows of the answer before are deleted meanwhile.
        """
        rows = self._newest(count) if newest_first else self._ahead or self._oldest(count)
        if not newest_first:
            self._ahead = []
        ahead = self._oldest(count, but=rows) if reads_ahead else []
        self._delete(self._answered)
        if self._deletes_ahead:
            self._delete([row.id for row in ahead])
        if not rows:
            return
        try:
            answer = post([self._item(row) for row in rows])
        except Unavailable:
            if not newest_first:
                self._ahead = rows
            return
        self._ahead = self._ahead or ahead
        assert answer["accepted"] + answer["duplicates"] + answer["quarantined"] == len(rows)
        self._tell(answer)
        self._answered += [row.id for row in rows]
        if not deletes_later:
            self._delete(self._answered)

    def _oldest(self, count: int, but: Sequence[SpooledRow] = ()) -> list[SpooledRow]:
        return self._file.after(0, count, MAX_BYTES, self._in_hand(but))

    def _newest(self, count: int) -> list[SpooledRow]:
        return self._file.after(0, 1 << 20, 1 << 40, self._in_hand())[-count:]

    def _in_hand(self, rows: Sequence[SpooledRow] = ()) -> set[int]:
        return {*self._answered, *(row.id for row in (*self._ahead, *rows))}

    def _delete(self, ids: Sequence[int]) -> None:
        try:
            self._file.delete(ids)
        except SpoolError:
            return  # a full disk: they are remembered to be gone
        self._answered = [id_ for id_ in self._answered if id_ not in ids]

    def answer_heartbeat(self, cursor: dict[str, Any]) -> None:
        """Passes on how far the server is, unless what is missing there is still here."""
        if not self._file.holds(cursor["device_id"], cursor["stream_id"], cursor["through_seq"] + 1):
            self._tell({"cursors": [cursor]})

    def _tell(self, answer: dict[str, Any]) -> None:
        for cursor in answer["cursors"]:
            ack = Ack(stream_id=cursor["stream_id"], through_seq=cursor["through_seq"], event_id=cursor["event_id"])
            self._broker.publish_ack(cursor["device_id"], ack.model_dump_json(exclude_none=True).encode())

    def waiting(self) -> list[dict[str, Any]]:
        """The items in the spool that the server has not answered, for the world to see."""
        return [json.loads(row.item) for row in self._file.after(0, 1 << 20, 1 << 40, self._answered)]

    def crash(self) -> None:
        """Dead, and started again: the broker gives it once more what it has not acknowledged."""
        self.disk.bury()
        self._file = self._open()
        self._ahead, self._answered = [], []
        self._sent_straight = {}
        self.connect()

    def connect(self) -> None:
        """A new connection to the broker."""
        self._unspooled = []
        if not self._broker.connected():
            self._file.forget_deliveries()
            self._sent_straight = {}

    def _open(self) -> SpoolFile:
        with self.disk.in_use():
            return SpoolFile(self.path)

    def _item(self, row: SpooledRow) -> bytes:
        is_late = row.age_ms is None or row.age_ms + self._mono_ms() - row.received_mono_ms > LATE_AFTER_S * 1000
        return row.item[:-1] + b',"late":true}' if row.is_event and is_late else row.item

    def _mono_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)
