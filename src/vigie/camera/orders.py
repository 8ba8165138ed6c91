"""The agent's lines on stdin: the configuration first, then orders. What is no order is logged and left."""

import logging
import os
import threading
from collections.abc import Callable

from pydantic import ValidationError

from vigie.protocol.camera import CameraConfig
from vigie.protocol.camera_orders import ORDER, Order
from vigie.protocol.events import explain
from vigie.runtime.config_error import ConfigError

log = logging.getLogger(__name__)

MAX_LINE = 64 * 1024


class Lines:
    """Lines of a descriptor, without Python's buffers, whose locks a daemon thread would hold when the program ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._is_too_long = False

    def next(self) -> bytes | None:
        """Waits for a line; None at the end. A line longer than `MAX_LINE` is left out."""
        while True:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                if not self._is_too_long:
                    return line
                self._is_too_long = False
                log.warning("a line of more than %d bytes on stdin is left out", MAX_LINE)
                continue
            if len(line) > MAX_LINE:
                self._is_too_long, self._rest = True, b""
            chunk = os.read(self._descriptor, MAX_LINE)
            if not chunk:
                return None
            self._rest += chunk


def read_config(lines: Lines) -> CameraConfig:
    """Raises `ConfigError`, also where the agent has gone before it said anything."""
    line = lines.next()
    if line is None:
        raise ConfigError("stdin", "ended before the configuration; the agent starts this program and writes it there")
    try:
        return CameraConfig.model_validate_json(line)
    except ValidationError as error:
        raise ConfigError("stdin, line 1", explain(error)) from error


class Orders(threading.Thread):
    """`obey` and `ended` are called in this thread."""

    def __init__(self, lines: Lines, obey: Callable[[Order], None], ended: Callable[[], None]) -> None:
        super().__init__(name="orders", daemon=True)
        self._lines = lines
        self._obey = obey
        self._ended = ended

    def run(self) -> None:
        while (line := self._lines.next()) is not None:
            if not line.strip():
                continue
            try:
                order = ORDER.validate_json(line)
            except ValidationError as error:
                log.warning("not understood on stdin: %r: %s", line[:80], explain(error))
                continue
            self._obey(order)
        self._ended()
