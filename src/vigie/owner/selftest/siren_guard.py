"""A process of its own that switches the siren off when the one that sounds it is killed, or stands still: no code of that
one runs then, and on some kernels a line keeps its level when nobody has it any more.

Its first line on stdin is what it needs to know; then `+` says that the siren goes on, `-` that it is off. It answers `ready`.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gpiozero import Factory
from gpiozero.exc import GPIOZeroError
from pydantic import BaseModel

from vigie.agent.pins import open_factory
from vigie.agent.settings import SirenSettings
from vigie.agent.siren import Siren
from vigie.agent.states import StateBoard
from vigie.runtime.clock import Clock, SystemClock

ON, OFF = b"+", b"-"
_READY = b"ready\n"
_READY_WITHIN_S = 20.0
_FREE_WITHIN_S = 5.0
"""The kernel takes a moment to let go of what a killed process had."""
_AGAIN_S = 0.01


class _Orders(BaseModel):
    siren: SirenSettings
    run_dir: Path
    longest_s: float
    simulate: bool = False


class GuardNotReady(Exception):
    """Nobody would switch the siren off if we were killed: so it is not sounded."""


class SirenGuard:
    """The side of who sounds it. A siren that is on for `longest_s` costs us our life."""

    def __init__(self, siren: SirenSettings, run_dir: Path, longest_s: float, *, simulate: bool = False) -> None:
        self._orders = _Orders(siren=siren, run_dir=run_dir, longest_s=longest_s, simulate=simulate)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it is ready. Blocks. Raises `GuardNotReady`."""
        argv = [sys.executable, "-m", __spec__.name]
        # A group of its own: no key of the terminal reaches it.
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)  # noqa: S603 - ours
        assert self._process.stdout is not None
        self._write(self._orders.model_dump_json().encode() + b"\n")
        answers, _, _ = select.select([self._process.stdout], [], [], _READY_WITHIN_S)
        if not answers or self._process.stdout.readline() != _READY:
            raise GuardNotReady("the program that would switch it off if this one were killed does not start")

    def tell(self, word: bytes) -> None:
        """`ON` or `OFF`. From any thread."""
        self._write(word)

    def close(self) -> None:
        """Ends it. To be told `OFF` before."""
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        try:
            self._process.wait(_FREE_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, data: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it was ended: what sounds is ended by the ways that we have ourselves
            os.write(self._process.stdin.fileno(), data)


def watch(orders: int, longest_s: float, put_off: Callable[[], None], kill: Callable[[], None], clock: Clock) -> None:
    """Until nothing more comes."""
    on_until: float | None = None
    while True:
        wait_s = None if on_until is None else max(0.0, on_until - clock.monotonic())
        if not select.select([orders], [], [], wait_s)[0]:
            kill()
            put_off()
            return
        words = os.read(orders, 64)
        if not words:
            break
        on_until = clock.monotonic() + longest_s if words.endswith(ON) else None
    if on_until is not None:
        put_off()


def _put_off(siren: SirenSettings, factory: Factory, clock: Clock) -> None:
    """As the agent does it at its start: it claims the pin, silent."""
    deadline = clock.monotonic() + _FREE_WITHIN_S
    while True:
        try:
            Siren(siren, factory, clock, StateBoard("selftest")).close()
        except GPIOZeroError:
            if clock.monotonic() > deadline:
                raise
            select.select([], [], [], _AGAIN_S)
        else:
            return


def main() -> int:
    """The guard."""
    parent, clock = os.getppid(), SystemClock()
    with os.fdopen(os.dup(0), "rb", buffering=0) as orders:
        wanted = _Orders.model_validate_json(orders.readline())
        factory = open_factory(wanted.run_dir, simulate=wanted.simulate)
        os.write(1, _READY)

        def kill() -> None:
            if os.getppid() == parent:  # else it is dead, and the number may be another's
                sys.stderr.write("vigie selftest: it stood still while its siren sounded: killed, siren off\n")
                os.kill(parent, signal.SIGKILL)

        watch(orders.fileno(), wanted.longest_s, lambda: _put_off(wanted.siren, factory, clock), kill, clock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
