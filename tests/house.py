"""A whole house for tests: `vigie up` as an owner runs it, and its programs by name, to be killed and looked into."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.processes import children, is_alive
from tests.waiting import wait_until
from vigie.deploy.broker import free_port

READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 20.0


class RunningHouse:
    """`vigie up` on a free port with its data under `folder`; ready when the constructor returns."""

    def __init__(self, folder: Path, *arguments: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.data_dir = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = folder.with_suffix(".out")
        self._errors = folder.with_suffix(".err")
        argv = [sys.executable, "-m", "vigie", "up", "--port", str(self.port), "--data", str(folder), *arguments]
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(argv, stdout=output, stderr=errors, env=clean_environment())
        wait_until(lambda: self.output or self.process.poll() is not None, "vigie is up", within_s=READY_WITHIN_S)
        assert self.process.poll() is None, self.errors

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def pid_of(self, program: str) -> int:
        """The process of `server`, `bridge`, `mosquitto`, or of an agent by its device id."""
        found = [pid for pid, line in children(self.process.pid).items() if re.search(rf"[ /.]{program}\b", line)]
        assert found, f"no process of {program}: {children(self.process.pid)}"
        return found[0]

    def kill(self, program: str) -> int:
        """SIGKILL to one program; `vigie up` will start it again. Returns the pid that died."""
        pid = self.pid_of(program)
        os.kill(pid, signal.SIGKILL)
        return pid

    def send(self, number: signal.Signals, program: str) -> None:
        os.kill(self.pid_of(program), number)

    def get(self, path: str) -> Any:
        """The JSON answer of the server."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def put(self, path: str, body: dict[str, Any], method: str = "PUT") -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def events(self) -> list[dict[str, Any]]:
        """The whole history, oldest first."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.get(f"/api/events?after={after}&limit=1000")
            found += page["events"]
            after = page["next"]
        return found

    @property
    def broker_port(self) -> int:
        return int((self.data_dir / "broker" / "mosquitto.conf").read_text().split("listener ")[-1].split()[0])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the house and asserts that nothing of it is left."""
        if self.process.poll() is not None:
            return self.process.returncode
        pids = list(children(self.process.pid))
        self.process.send_signal(number)
        code = self.process.wait(_STOP_WITHIN_S)
        wait_until(lambda: not any(map(is_alive, pids)), "no process is left", within_s=_STOP_WITHIN_S)
        return code


def clean_environment() -> dict[str, str]:
    """This environment without what would steer Vigie."""
    steering = ("MQTT_", "BACKEND_", "VIGIE_", "DEVICE_ID", "DATABASE_URL", "GPIOZERO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)}
