"""Lines to the agent on stdout, from a thread of their own: an agent that has stopped stops nothing here."""

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

MAX_WAITING = 1000


class Reports(threading.Thread):
    """What is said once waits, in order; of `alive` only the newest. `gone` is called once nobody reads any more."""

    def __init__(self, descriptor: int, gone: Callable[[], None]) -> None:
        super().__init__(name="reports", daemon=True)
        self._descriptor = descriptor
        self._gone = gone
        self._news = threading.Condition()
        self._waiting: deque[Mapping[str, Any]] = deque(maxlen=MAX_WAITING)
        self._alive: Mapping[str, Any] | None = None
        self._is_over = False

    def say(self, word: str, **details: Any) -> None:
        """One line, now or once the agent reads again."""
        with self._news:
            if len(self._waiting) == MAX_WAITING:
                log.warning("nobody reads stdout: the oldest line is left out")
            self._waiting.append({"say": word, **details})
            self._news.notify()

    def alive(self, **details: Any) -> None:
        with self._news:
            self._alive = {"say": "alive", **details}
            self._news.notify()

    def end(self, timeout_s: float) -> None:
        """Says what waits, as far as it is read in this time."""
        with self._news:
            self._is_over = True
            self._alive = None
            self._news.notify()
        self.join(timeout_s)

    def run(self) -> None:
        while (line := self._next()) is not None:
            data = memoryview(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError as error:  # the agent is gone
                log.warning("stdout: %s", error)
                self._gone()
                return

    def _next(self) -> Mapping[str, Any] | None:
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._alive or self._is_over)
            if self._waiting:
                return self._waiting.popleft()
            alive, self._alive = self._alive, None
            return alive
