"""`vigie server` as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import requests

from tests.waiting import wait_until
from vigie.deploy.broker import free_port


class ServerProcess:
    """Starts `python -m vigie server`; `url` answers once `wait_until_up` returns."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        within: Sequence[str] = (),
        arguments: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self.port = free_port() if port is None else port
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [*within, sys.executable, "-m", "vigie", "server", "--port", str(self.port), *arguments],
            env={**os.environ, "VIGIE_DATA": str(data_dir), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_up(self) -> Self:
        wait_until(self._answers, f"the server answers on {self.url}", within_s=20)
        return self

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Sends a signal and waits; the exit status and what it wrote on stderr."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, timeout_s: float = 10) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()[1]
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False
