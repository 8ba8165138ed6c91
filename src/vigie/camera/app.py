"""The camera's life: reads its configuration from stdin, watches until the agent goes or says so, and closes the clip."""

import asyncio
import logging
import signal
import sys
import threading
from contextlib import suppress

from vigie.camera.orders import Lines, read_config
from vigie.camera.process import CameraProcess
from vigie.protocol.camera import CameraConfig
from vigie.runtime import logging as runtime_logging
from vigie.runtime import memory
from vigie.runtime.clock import Clock, SystemClock

log = logging.getLogger(__name__)

_STDIN, _STDOUT = 0, 1
_ENDS = (signal.SIGINT, signal.SIGTERM)


def run() -> int:
    """Watches until stdin ends, SIGTERM or SIGINT, then 0; 1 with one line on stderr when there are no pictures (any more).

    Raises `ConfigError` for a first line that is no configuration.
    """
    lines = Lines(_STDIN)
    config = read_config(lines)
    runtime_logging.setup(f"{config.device_id}/camera", level=config.log_level)
    memory.use_one_arena()
    try:
        failure = asyncio.run(_live(config, lines, SystemClock()))
    except OSError as error:
        failure = f"{config.listen_host}:{config.listen_port} cannot be listened on ({error.strerror}); choose another port"
    if failure:
        sys.stderr.write(f"vigie camera: {failure}\n")
    return 1 if failure else 0


async def _live(config: CameraConfig, lines: Lines, clock: Clock) -> str | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, stop.set)
    died = _end_with_a_thread(stop)
    camera = CameraProcess(config, lines, _STDOUT, stop.set)
    camera.start()
    try:
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(_each_second(camera, clock), name="seconds"),
                group.create_task(memory.keep_small(clock), name="memory"),
            ]
            await stop.wait()
            log.info("ending")
            for task in running:
                task.cancel()
    finally:
        await camera.close()
        for number in _ENDS:  # the agent's end comes twice, as the end of stdin and as a signal: the later one finds no loop
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
    return died[0] if died else str(camera.failure) if camera.failure else None


async def _each_second(camera: CameraProcess, clock: Clock) -> None:
    while True:
        await clock.sleep(1.0)
        camera.each_second()


def _end_with_a_thread(stop: asyncio.Event) -> list[str]:
    """What has died of a bug, in words; the first sets `stop`. A camera without its card's thread would seem to record."""
    died: list[str] = []
    loop = asyncio.get_running_loop()

    def end(failure: threading.ExceptHookArgs) -> None:
        name = failure.thread.name if failure.thread else "?"
        log.critical("the thread %r has died: ending", name, exc_info=failure.exc_value)
        died.append(f"the thread {name!r} has died: {failure.exc_value!r}")
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.set)

    threading.excepthook = end
    return died
