"""The card's thread: everything that writes waits in one queue, so that a slow card holds up neither pictures nor orders."""

import logging
import queue
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SYNC_S = 1.0
MAX_WAITING = 900
"""Jobs: half a minute of pictures and more. A card that stands still so long gets no more of them."""


class Card(threading.Thread):
    """Runs jobs in order. `each_second` is run between them, for what is to be synced."""

    def __init__(self, each_second: Callable[[], None]) -> None:
        super().__init__(name="card", daemon=True)
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._each_second = each_second

    def do(self, job: Callable[[], object]) -> None:
        self._jobs.put(job)

    @property
    def is_behind(self) -> bool:
        return self._jobs.qsize() > MAX_WAITING

    def end(self, timeout_s: float) -> bool:
        """Whether all that waited was done in this time."""
        self._jobs.put(None)
        self.join(timeout_s)
        return not self.is_alive()

    def run(self) -> None:
        due = time.monotonic() + SYNC_S
        while True:
            try:
                job = self._jobs.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                job = _nothing
            if job is None:
                return
            job()
            if time.monotonic() >= due:
                self._each_second()
                due = time.monotonic() + SYNC_S


def _nothing() -> None:
    """Only a second has passed."""
