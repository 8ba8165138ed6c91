"""The agent's life: opens the folder and the pins, runs the tasks, and leaves everything off when it goes."""

import asyncio
import logging
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from gpiozero import Factory
from gpiozero.exc import GPIOZeroError
from gpiozero.pins.mock import MockFactory

from vigie.agent.device import Device
from vigie.agent.last_good import keep, last_good, settings_to_guard_by
from vigie.agent.link import Link
from vigie.agent.pins import NoGpio, open_factory
from vigie.agent.pwm import PwmError
from vigie.agent.settings import AgentSettings
from vigie.agent.tasks import Task, kept_running
from vigie.runtime import logging as runtime_logging
from vigie.runtime import memory, sdnotify
from vigie.runtime.claim import NO_ROOM, FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.config_error import ConfigError
from vigie.runtime.watchdog import feed_for_ever

log = logging.getLogger(__name__)

GOODBYE_S = 1.5
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a name of its own is made in it


class AgentError(Exception):
    """The agent cannot start. The text says what, where and how to mend it."""


def run(config: Path | None, environ: Mapping[str, str], *, simulate: bool) -> int:
    """Guards until SIGTERM or SIGINT, then 0; 1 with one line on stderr when it cannot start, or when a thread has died.

    Raises `ConfigError` for a configuration that cannot be used, when there is no earlier one to go on with.
    """
    settings, refused = settings_to_guard_by(config, environ)
    if simulate and find_spec("av") is not None:
        settings = settings.with_synthetic_camera()
    runtime_logging.setup(settings.device_id, level=settings.log_level)
    memory.use_one_arena()
    try:
        with claim(settings.folder, "agent") as held:
            start = Start(settings, _run_dir(settings.folder, held), None if refused else config, refused)
            try:
                return asyncio.run(_live(start, SystemClock(), simulate=simulate))
            except (GPIOZeroError, PwmError) as error:
                kept = start.instead(environ, _in_words(error))
                if kept is None:
                    raise
                return asyncio.run(_live(kept, SystemClock(), simulate=simulate))
    except (AgentError, FolderUnusable, FolderInUse, NoGpio) as error:
        reason = str(error)
    except (GPIOZeroError, PwmError) as error:
        reason = _in_words(error)
    except (OSError, sqlite3.Error) as error:
        reason = f"the event log in {settings.folder} cannot be opened: {error}"
    sys.stderr.write(f"vigie agent: {reason}\n")
    return 1


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, PwmError) else f"a pin cannot be used: {error}; check the wiring and `gpioinfo`"


@dataclass(frozen=True, slots=True)
class Start:
    """What the agent starts with. `refused` says why the configuration asked for is not the one in use."""

    settings: AgentSettings
    run_dir: Path
    config: Path | None
    refused: ConfigError | None

    def instead(self, environ: Mapping[str, str], why: str) -> "Start | None":
        """The same with the last good configuration, where this one cannot be started with; None where there is no other."""
        kept = None if self.config is None else last_good(self.config, environ)
        if kept is None or kept == self.settings or kept.folder != self.settings.folder:
            return None
        return replace(self, settings=kept, config=None, refused=ConfigError(str(self.config), why))


async def _live(start: Start, clock: Clock, *, simulate: bool) -> int:
    settings = start.settings
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    died = _end_with_a_thread(stop)
    factory = open_factory(start.run_dir, simulate=simulate)
    try:
        device = Device(settings, factory, clock, simulated=simulate)
    except BaseException:
        factory.close()  # the pins that it has: another start may want them
        raise
    link = Link(settings.broker, device, clock)
    try:
        device.start()
        _remember(start, device)
        log.info("guarding simulated=%s sensors=%s data=%s", simulate, ",".join(settings.sensors), settings.folder)
        sdnotify.notify("READY=1")
        async with asyncio.TaskGroup() as group:
            running = {
                name: group.create_task(kept_running(name, task, device.faults, clock), name=name)
                for name, task in _tasks(device, link, factory, clock, simulate=simulate).items()
            }
            await stop.wait()
            log.info("stopping")
            for name in ("servo", "siren", "lens", "camera"):  # the camera's end, too, takes its time
                if name in running:
                    running[name].cancel()
            device.silence()
            link.say_goodbye()
            await asyncio.wait((running["link"],), timeout=GOODBYE_S)
            for task in running.values():
                task.cancel()
    finally:
        device.close()
        factory.close()
    return 1 if died else 0


def _remember(start: Start, device: Device) -> None:
    """A configuration that works is kept for the day on which a newer one does not."""
    if start.refused is not None:
        device.faults.report("config_refused", f"{start.refused}; guarding by the last good configuration")
        return
    try:
        keep(start.config, start.settings)
    except OSError as error:  # a full disk: the guard goes on
        log.warning("the configuration is not kept for a bad day: %s", error)


def _end_with_a_thread(stop: asyncio.Event) -> list[str]:
    """The names of threads that have died of a bug; the first one sets `stop`.

    An agent whose event log nobody writes would seem to guard. One that ends is noticed, and started again.
    """
    died: list[str] = []
    loop = asyncio.get_running_loop()

    def end(failure: threading.ExceptHookArgs) -> None:
        name = failure.thread.name if failure.thread else "?"
        log.critical("the thread %r has died: ending", name, exc_info=failure.exc_value)
        died.append(name)
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.set)

    threading.excepthook = end
    return died


def _tasks(device: Device, link: Link, factory: Factory, clock: Clock, *, simulate: bool) -> dict[str, Task]:
    """Everything that the agent does, by name."""
    tasks: dict[str, Task] = {
        "inputs": device.inputs.run,
        "alarm": device.alarm.run,
        "link": link.run,
        "supervision": device.supervision.run,
        "troubles": device.troubles.run,
        "wakefulness": device.wakefulness.run,
        "memory": partial(memory.keep_small, clock),
        "times": device.keep_times,
        "watchdog": partial(feed_for_ever, device.log.prove_alive, clock),
    }
    if device.servo is not None:
        tasks["servo"] = device.servo.run
    if device.siren is not None:
        tasks["siren"] = device.siren.run
    if device.lens is not None:
        tasks["lens"] = device.lens.run
        tasks["camera"] = device.lens.camera.run
    if device.arming is not None:
        tasks["arming"] = device.arming.inputs.run
    if simulate and isinstance(factory, MockFactory):
        tasks["control"] = device.control(factory).run
    return tasks


def _run_dir(folder: Path, held: ExitStack) -> Path:
    """A folder for lgpio's FIFO; where the disk has no room for one it is in memory, until `held` is closed."""
    run_dir = folder / "run"
    try:
        run_dir.mkdir(exist_ok=True)
    except OSError as error:
        if error.errno in NO_ROOM:
            with suppress(OSError):
                return Path(held.enter_context(TemporaryDirectory(prefix="vigie-", dir=_IN_MEMORY)))
        raise AgentError(f"{run_dir} cannot be made ({error.strerror}); set VIGIE_DATA to a folder that can be written") from error
    return run_dir
