"""systemd's watchdog, fed by the work itself: who hangs is ended and started again (`WatchdogSec=` of the unit)."""

import os
from collections.abc import Awaitable, Callable, Mapping

from vigie.runtime.clock import Clock
from vigie.runtime.sdnotify import notify


def interval_s(environ: Mapping[str, str]) -> float | None:
    """How often systemd wants to hear from us at least; None: it does not."""
    wanted = environ.get("WATCHDOG_USEC", "")
    is_ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(wanted) / 1e6 if wanted.isascii() and wanted.isdigit() and int(wanted) and is_ours else None


async def feed_for_ever(work: Callable[[], Awaitable[object]], clock: Clock, environ: Mapping[str, str] = os.environ) -> None:
    """Says that we live each time that `work` has come back: it goes through what the program cannot do without.

    It must not raise for what a restart would not mend, as a full disk. Returns at once where there is no watchdog.
    """
    interval = interval_s(environ)
    if interval is None:
        return
    while True:
        await work()
        notify("WATCHDOG=1")
        await clock.sleep(interval / 3)
