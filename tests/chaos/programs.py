"""One program of a chaos site: started on its own, ended by signals, started again a second after it ended, as systemd does."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vigie.runtime.child_process import die_with_parent

RESTART_S = 1.0
_TOLD_FALLS = 3


@dataclass(frozen=True, slots=True)
class Fall:
    """A program ended and nobody had killed it. `last_words` are the end of its log."""

    program: str
    code: int
    last_words: str


@dataclass
class Program:
    """A supervised process. `may_fall`: its end without a kill is no news (a broker whose file is corrupt)."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    may_fall: bool = False
    starts: int = 0
    falls: list[Fall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._ending = False

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def keep_running(self) -> None:
        """Starts it, and starts it again `RESTART_S` after each end, until `end`."""
        while True:
            await self._wanted.wait()
            if self._ending:
                return
            await self._run_once()
            if self._ending:
                return
            await asyncio.sleep(RESTART_S)

    async def _run_once(self) -> None:
        self._killed = False
        self.starts += 1
        with self.log_path.open("ab") as log:
            where = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.argv,
                env={**os.environ, **self.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run, which ends them in order
                preexec_fn=die_with_parent,
            )
        code = await self._process.wait()
        if not self._killed and not self._ending and not self.may_fall:
            fall = Fall(self.name, code, self.log_path.read_text("utf-8", "replace")[where:][-2000:])
            self.falls.append(fall)
            if len(self.falls) <= _TOLD_FALLS:
                print(f"{self.name} ended by itself, exit status {code}: {fall.last_words[-300:]}", file=sys.stderr, flush=True)

    def kill(self) -> bool:
        """SIGKILL, also to a stopped one; whether there was a process to kill."""
        if self.pid is None:
            return False
        self._killed = True
        os.kill(self.pid, signal.SIGKILL)
        return True

    def send(self, number: signal.Signals) -> None:
        """Any other signal, if it is running."""
        if self.pid is not None:
            os.kill(self.pid, number)

    def keep_away(self) -> bool:
        """Kills it, and does not start it before `let_back`."""
        self._wanted.clear()
        return self.kill()

    def let_back(self) -> None:
        """It may run again."""
        self._wanted.set()

    async def end(self, grace_s: float = 10.0) -> None:
        """SIGTERM, and SIGKILL to what has not ended after `grace_s`."""
        self._ending = True
        self._wanted.set()
        deadline = time.monotonic() + grace_s
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        while self.pid is not None and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        if self.pid is not None:
            self.falls.append(Fall(self.name, 0, f"did not end within {grace_s:g} s of SIGTERM"))
            self.kill()
