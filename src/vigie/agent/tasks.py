"""The task boundary: what the agent does when one of its tasks fails by a fault of ours."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from vigie.agent.faults import Faults
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

Task = Callable[[], Awaitable[None]]

WELL_AFTER_S = 60.0


async def kept_running(name: str, run: Task, faults: Faults, clock: Clock) -> None:
    """Runs a task until it returns; one that fails is logged with its traceback, shown as a fault, and started again.

    The fault is over once the task has run for a minute.

    The house is better guarded by an agent with one lame task than by none.
    """
    backoff = Backoff(base_s=0.5, cap_s=30.0)

    async def get_well() -> None:
        await clock.sleep(WELL_AFTER_S)
        backoff.reset()
        faults.clear(f"task:{name}")

    while True:
        recovery = asyncio.create_task(get_well())
        try:
            await run()
        except Exception:
            log.exception("task=%s failed", name)
            faults.report(f"task:{name}", "failed and was started again; please report the traceback above")
        else:
            return
        finally:
            recovery.cancel()
        await clock.sleep(backoff.next_delay_s())
