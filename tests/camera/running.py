"""A real camera process, spoken to as the agent does: JSON lines on its stdin and stdout."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Self

from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.protocol.camera import CameraConfig, Cause, CauseKind, MediaList
from vigie.protocol.camera_orders import Look, Order, Record
from vigie.protocol.events import ClockQuality

TOKEN = "a-token-of-this-test"
CAUSE = Cause(kind=CauseKind.ALARM, event_id="event-1", zone="motion")


def config_of(folder: Path, **changes: Any) -> CameraConfig:
    """Small pictures: quick to start, and to play."""
    usual = {"width": 320, "height": 180, "fps": 10, "min_free_bytes": 1_000_000}
    return CameraConfig.model_validate({"device_id": "raspberry-01", "folder": folder, "token": TOKEN, **usual, **changes})


class RunningCamera:
    """Started and configured; `ready()` waits for its first picture. `said` is every line so far."""

    def __init__(
        self, config: CameraConfig, *, within: Sequence[str] = (), reading: bool = True, program: Sequence[str] = ()
    ) -> None:
        self.config = config
        argv = [*within, *(program or (sys.executable, "-m", "vigie", "camera"))]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=clean_environment(), bufsize=0)
        self.said: list[dict[str, Any]] = []
        self.log: list[str] = []
        self.write(config.model_dump_json())
        self._readers = [threading.Thread(target=self._read_log, daemon=True)]
        if reading:
            self._readers.append(threading.Thread(target=self._read, daemon=True))
        for reader in self._readers:
            reader.start()

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def order(self, order: Order) -> None:
        self.write(order.model_dump_json())

    def record(self, clip_id: str, seconds: float) -> None:
        self.order(Record(clip_id=clip_id, duration_s=seconds, cause=CAUSE))

    def ready(self) -> dict[str, Any]:
        found = self.wait_for(lambda line: line["say"] == "ready", "ready")
        self.order(Look(angle_deg=0.0, clock=ClockQuality.SYNCED))
        return found

    @property
    def port(self) -> int:
        return self.config.listen_port or next(line["port"] for line in self.said if line["say"] == "ready")

    def wait_for(self, matches: Callable[[dict[str, Any]], bool], what: str, *, within_s: float = 15.0) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            assert self.process.poll() is None or any(map(matches, self.said)), "".join(self.log[-20:])
            return next(filter(matches, list(self.said)), None)

        return wait_until(found, what, within_s=within_s)

    def wait_for_clip(self, clip_id: str, state: str, *, within_s: float = 15.0) -> dict[str, Any]:
        return self.wait_for(
            lambda line: line["say"] == "clip" and (line["change"]["clip_id"], line["change"]["state"]) == (clip_id, state),
            f"{clip_id} is {state}",
            within_s=within_s,
        )["change"]

    def changes(self, state: str) -> list[dict[str, Any]]:
        return [line["change"] for line in self.said if line["say"] == "clip" and line["change"]["state"] == state]

    def alive(self) -> dict[str, Any]:
        """The next one from now on."""
        count = len(self.said)
        return wait_until(lambda: next((line for line in self.said[count:] if line["say"] == "alive"), None), "alive")

    def get(self, path: str, *, data: bytes | None = None, token: str | None = TOKEN, **headers: str) -> HTTPResponse:
        """The answer; `urllib.error.HTTPError` from 400 on."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers={**bearer, **headers})
        return urllib.request.urlopen(request, timeout=10)

    def status(self, path: str, **more: Any) -> int:
        try:
            with self.get(path, **more) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def media(self) -> MediaList:
        with self.get("/media") as answer:
            return MediaList.model_validate_json(answer.read())

    def path(self, clip_id: str, suffix: str = ".ts") -> Path:
        return self.config.folder / "media" / f"{clip_id}{suffix}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._finish()

    def end(self, *, within_s: float = 5.0) -> float:
        """As when the agent is gone; the seconds that it took."""
        began = time.monotonic()
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(within_s) == 0, "".join(self.log)
        self._finish()
        return time.monotonic() - began

    def _finish(self) -> None:
        for reader in self._readers:
            reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        rest = b""
        while chunk := self.process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            self.said += [json.loads(line) for line in lines]

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        while chunk := self.process.stderr.read(65536):
            self.log.append(chunk.decode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.kill()
        else:
            self._finish()


def clip_ids() -> Iterator[str]:
    """Ordered, as real ones are."""
    number = 0
    while True:
        number += 1
        yield f"clip{number:08d}"
