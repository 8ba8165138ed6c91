"""Logs for journald and people: one line each, `level program message key=value`, on stderr."""

import logging
import sys


class _Line(logging.Formatter):
    """systemd adds the time; a terminal gets it from us. A traceback keeps its lines."""

    def __init__(self, program: str, *, with_time: bool) -> None:
        super().__init__(("%(asctime)s " if with_time else "") + f"%(levelname)-7s {program} %(message)s", "%H:%M:%S")


def setup(program: str, *, level: str = "INFO") -> None:
    """Sends all logs of this process to stderr. `program` is the name that each line bears."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(program, with_time=sys.stderr.isatty()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiohttp.access", "engineio", "socketio", "amqtt", "transitions", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
