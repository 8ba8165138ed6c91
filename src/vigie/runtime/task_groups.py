"""Task groups that may fail inside a loop that runs for ever: where to let them fail, and what the failure was.

A `TaskGroup` that ends by a child's failure leaves the task that it ran in marked as being cancelled
(`Task.cancelling()` stays 1). The task goes on, but under 3.11.2 its next `asyncio.timeout` that expires ends it as
cancelled, without a word; 3.11.7 is right. A loop that is to run for ever lets its task groups fail in another task.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


async def in_own_task(work: Coroutine[Any, Any, T], name: str) -> T:
    """What `work` returns or raises. Cancelling the caller cancels `work` and waits for its end.

    A task group that is cancelled while one of its tasks fails raises the failure alone: the caller, who takes failures for
    the end of one connection, would never end. That both happen at once is the rule, not luck: at a shutdown everything ends.
    """
    try:
        return await asyncio.create_task(work, name=name)
    except Exception as failure:  # any: it is raised again, or is why we say that we were cancelled
        if (caller := asyncio.current_task()) is not None and caller.cancelling():
            raise asyncio.CancelledError from failure
        raise


def first_failure(group: BaseExceptionGroup[E]) -> E:
    """The first error in a group, however deep it lies: the tasks of a lost connection all fail of the same thing."""
    found: BaseExceptionGroup[E] | E = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
