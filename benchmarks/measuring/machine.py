"""The machine under the figures: what it is, and how busy others kept it meanwhile."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import children

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Load:
    """CPU time during a measurement, in cores: by processes of others, and stolen by the host."""

    others_cores: float = 0.0
    stolen_cores: float = 0.0


@contextmanager
def load_meanwhile() -> Iterator[Load]:
    """Fills in the load when the block ends."""
    load = Load()
    busy, stolen, ours, started_s = *_machine_ticks(), _our_ticks(), time.monotonic()
    yield load
    seconds = time.monotonic() - started_s
    busy_now, stolen_now = _machine_ticks()
    load.others_cores = max(0.0, busy_now - busy - (_our_ticks() - ours)) / _TICKS_PER_S / seconds
    load.stolen_cores = (stolen_now - stolen) / _TICKS_PER_S / seconds


def describe() -> str:
    """One line: processor, cores, memory, system."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.machine()
    )
    memory_kib = int(next(line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")))
    system = next((line.split("=")[1].strip('"') for line in _lines("/etc/os-release") if line.startswith("PRETTY_NAME")), "Linux")
    return (
        f"{os.cpu_count()} cores of {model}, {memory_kib / 2**20:.0f} GiB, {system}, "
        f"kernel {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def _machine_ticks() -> tuple[int, int]:
    """Ticks of all processes together, and stolen ones (proc_stat(5))."""
    user, nice, system, _idle, _iowait, irq, softirq, steal, *_ = (int(word) for word in _lines("/proc/stat")[0].split()[1:])
    return user + nice + system + irq + softirq, steal


def _our_ticks() -> int:
    """Ticks of this process and of all below it that are alive."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        pid = waiting.pop()
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            waiting += children(pid)
        except OSError:
            continue
        total += int(after_name[11]) + int(after_name[12])
    return total


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
