"""Keeping a program small on a Pi Zero: glibc keeps what the start-up freed unless it is told to give it back."""

import ctypes
import gc

from vigie.runtime.clock import Clock

_M_ARENA_MAX = -8  # malloc.h
_AGAIN_S, _EVERY_S = 3.0, 600.0
_COLLECT_AFTER = 5_000
"""New objects until the garbage collector looks at the young ones. After Python's 700 it came forty times for each batch of 1,000
events, whose objects end by themselves, and took a fourteenth of the server's time; what it may find later is 1 MB at most.
"""


def use_one_arena() -> None:
    """One heap for all threads (mallopt(3)): ours are few and allocate little. Call before the first thread starts."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc only
        mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Returns free pages to the kernel (malloc_trim(3)): about 4 MB after the imports."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def settle() -> None:
    """For the end of the start-up: what it has made stays, so the garbage collector need not look through all of it again and
    again, which took a tenth of the time of an event.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


async def keep_small(clock: Clock) -> None:
    """Gives memory back after the start, again once the broker is there, and now and then."""
    give_back()
    settle()
    await clock.sleep(_AGAIN_S)
    while True:
        give_back()
        await clock.sleep(_EVERY_S)
