"""Logs for journald and people: one line each, `level program message key=value`, on stderr."""

import logging
import sys

# What ends a line or steers a terminal, as an escape. A tab is neither, but no message has one.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_ESCAPES = {code: chr(code).encode("unicode_escape").decode() for code in _CONTROLS}


class _Line(logging.Formatter):
    """systemd adds the time; a terminal gets it from us. A traceback keeps its lines."""

    def __init__(self, program: str, *, with_time: bool) -> None:
        super().__init__(("%(asctime)s " if with_time else "") + f"%(levelname)-7s {program} %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Without control characters: a device's own words must not look like a line, or steer a terminal."""
        return super().formatMessage(record).translate(_ESCAPES)


def setup(program: str, *, level: str = "INFO") -> None:
    """Sends all logs of this process to stderr. `program` is the name that each line bears."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(program, with_time=sys.stderr.isatty()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiohttp.access", "engineio", "socketio", "amqtt", "transitions", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
