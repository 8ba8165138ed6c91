"""The installed programs as processes of the guest: an agent on the simulated pins, and the hub that it reports to."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.brokers import RunningBroker
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.deploy.broker import free_port

DEVICE = "raspberry-01"
_CPUCLOCK_SCHED = 2
_STARTS_WITHIN_S = 60.0


def installed(name: str, program: str) -> Path:
    """A program of the environment `pi` or `hub`."""
    return Path(os.environ["VIGIE_INSTALLED"]) / name / "bin" / program


class InstalledAgent:
    """`vigie agent` as a Pi's unit starts it, its data in `folder`. Guards when `start` has returned."""

    def __init__(self, folder: Path, broker: str, configuration: str) -> None:
        self.folder = folder / DEVICE
        self.config = folder / "agent.toml"
        self.config.write_text(f'device_id = "{DEVICE}"\n{configuration}\n[broker]\nurl = "{broker}"\n')
        self._log = folder / "agent.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        lives = self.log.count("guarding")
        process = self.launch()
        wait_until(lambda: self.log.count("guarding") > lives or process.poll() is not None, "it guards", within_s=_STARTS_WITHIN_S)
        assert process.poll() is None, self.log

    def launch(self, python: Path | str | None = None) -> subprocess.Popen[bytes]:
        """Without waiting for anything. `python`: of another environment than the Pi's."""
        argv = [str(python or installed("pi", "python")), "-m", "vigie", "agent", "--config", str(self.config)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                argv, env={**clean_environment(), "VIGIE_DATA": str(self.folder)}, stdout=log, stderr=log, cwd="/"
            )
        return self.process

    def refuses(self, python: Path | str | None = None) -> str:
        """What it says when it does not start; its exit status is 1."""
        process = self.launch(python)
        assert process.wait(_STARTS_WITHIN_S) == 1, self.log
        return self.log.splitlines()[-1]

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def cpu_s(self) -> float:
        """The processor time that it has had so far, to the nanosecond: clock_getcpuclockid(3)."""
        return time.clock_gettime((~self.pid << 3) | _CPUCLOCK_SCHED)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(number)
                self.process.wait(30)
            self.process = None


class InstalledHub:
    """Server and bridge of the hub's environment, on a Mosquitto."""

    def __init__(self, folder: Path, broker: RunningBroker) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**clean_environment(), "MQTT_BROKER": broker.address, "BACKEND_URL": self.url}
        self._folder = folder
        self._running = [self._start("server", "--port", str(port)), self._start("bridge")]

    def await_connected(self) -> None:
        """The server answers and the bridge has found it and the broker."""
        wait_until(lambda: self._site().get("bridge") == "connected", "the bridge is connected", within_s=_STARTS_WITHIN_S)

    def events(self) -> list[dict[str, Any]]:
        """What the server has stored, the newest thousand."""
        found: list[dict[str, Any]] = self._get("/api/events?after=0&limit=1000")["events"]
        return found

    def stop(self) -> None:
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def _site(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._get("/api/site")
        except OSError:  # not up yet
            return {}
        return found

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
            return json.load(answer)

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        data = self._folder / name
        data.mkdir()
        argv = [str(installed("hub", "vigie")), name, *arguments]
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(argv, env={**self._environment, "VIGIE_DATA": str(data)}, stdout=log, stderr=log, cwd="/")
