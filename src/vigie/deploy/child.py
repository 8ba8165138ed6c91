"""One child process of `vigie up`: started, watched, its log kept, restarted when it dies, ended without leftovers."""

import asyncio
import logging
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vigie.runtime.backoff import Backoff
from vigie.runtime.child_process import die_with_parent
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

STOP_GRACE_S = 5.0
MAX_LOG_BYTES = 1_000_000
_LIVED_S = 10.0
_LOUD = ("WARNING", "ERROR", "CRITICAL", "Traceback")


class Child:
    """A program that must be there: `keep_running` starts it again, with back-off, each time that it ends.

    `last_words` are the last lines of its log. Once `is_heard`, its warnings also go to the terminal: while the house
    starts, programs that do not find each other yet are no news.
    """

    def __init__(self, name: str, argv: tuple[str, ...], env: Mapping[str, str], log_dir: Path, clock: Clock) -> None:
        self.name = name
        self.last_words: deque[str] = deque(maxlen=20)
        self.failed_starts = 0
        self.is_heard = False
        self._argv = argv
        self._env = {**os.environ, **env}
        self._log_path = log_dir / f"{name}.log"
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def keep_running(self) -> None:
        """Runs the program for ever, until `stop`."""
        backoff = Backoff(base_s=0.3, cap_s=5.0)
        while not self._stopping.is_set():
            started = self._clock.monotonic()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            lived_s = self._clock.monotonic() - started
            if lived_s > _LIVED_S:
                backoff.reset()
                self.failed_starts = 0
            else:
                self.failed_starts += 1
            log.warning("%s ended code=%s after_s=%.1f; starting it again", self.name, code, lived_s)
            await self._clock.sleep(backoff.next_delay_s())

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for what has not ended after `STOP_GRACE_S`."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_GRACE_S):
                await process.wait()
        except TimeoutError:
            log.warning("%s does not end; killing it", self.name)
            process.kill()
            await process.wait()

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            env=self._env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # A session of its own: a Ctrl-C in the terminal reaches `vigie up` alone, which ends all in order.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        assert self._process.stderr is not None
        await self._copy_log(self._process.stderr)
        return await self._process.wait()

    async def _copy_log(self, stream: asyncio.StreamReader) -> None:
        with self._open_log() as file:
            loud = False
            async for line in _lines(stream):
                self.last_words.append(line)
                # A traceback's lines follow the loud line that they belong to.
                loud = line.startswith(_LOUD) or (loud and line.startswith((" ", "\t")))
                with suppress(OSError):  # a full disk costs the line, not the house
                    file.write(line.encode() + b"\n")
                if loud and self.is_heard:
                    with suppress(OSError):  # the terminal has gone
                        print(line, file=sys.stderr, flush=True)

    def _open_log(self) -> BinaryIO:
        """Unbuffered: what a full disk refuses must not wait, to fail once more at the close."""
        try:
            if self._log_path.exists() and self._log_path.stat().st_size > MAX_LOG_BYTES:
                self._log_path.replace(self._log_path.with_suffix(".log.1"))
            return self._log_path.open("ab", buffering=0)
        except OSError as error:
            log.warning("no log of %s: %s", self.name, error)
            return Path(os.devnull).open("ab", buffering=0)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # a line beyond the reader's limit: its rest follows as further lines
            continue
        if not line:
            return
        yield line.decode("utf-8", "replace").rstrip("\n")
