"""Waiting for a condition with a deadline: what tests do instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_S = 0.02


def wait_until(condition: Callable[[], T], what: str, *, within_s: float = 10.0) -> T:
    """Polls until `condition()` is truthy and returns it; fails with `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(_POLL_S)


async def wait_until_async(condition: Callable[[], T | Awaitable[T]], what: str, *, within_s: float = 10.0) -> T:
    """The same within an event loop; `condition` may be a coroutine function."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(_POLL_S)
