"""When the server had committed an event, seen from outside: through a connection of its own that only reads the database."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Self

_POLL_S = 0.004
_NEWS = "SELECT cursor, id FROM events WHERE device_id = ? AND cursor > ? ORDER BY cursor"


class CommitWatch:
    """Notes when each event of one device first could be read. Late by `_POLL_S` at most; the server is not asked at all."""

    def __init__(self, database: Path, device_id: str) -> None:
        self._database = database
        self._device_id = device_id
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="commit watch", daemon=True)
        self.seen_at_s: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        newest = 0
        with closing(sqlite3.connect(f"{self._database.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as db:
            while not self._stopping.wait(_POLL_S):
                rows = db.execute(_NEWS, (self._device_id, newest)).fetchall()
                now_s = time.monotonic()
                for cursor, id_ in rows:
                    newest = cursor
                    self.seen_at_s[id_] = now_s
