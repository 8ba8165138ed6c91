"""Libraries that a program can do without, kept from being loaded because they happen to be installed beside it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

REQUESTS = ("requests", "websocket")
"""What python-engineio's other client wants: 40 ms of processor time at each start, 3.5 MiB."""
CLIENTS = ("aiohttp", *REQUESTS)
"""What all its clients want, and the server has no use for: a quarter of its start, and 14 MiB."""


@contextmanager
def left_out(names: tuple[str, ...]) -> Iterator[None]:
    """Imports inside the block do not find these, and go on without where they can. One that is loaded already stays."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's own word for "not to be had"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
