"""The camera process, one life after the other: started, heard, made to end when it hangs, started again with back-off.

Whatever it writes, and however much, harms nothing: lines are short and few, or they wait in its own pipe. What the lines
mean is `camera.py`'s, when a camera is hung is `domain.camera_watch`'s.
"""

import asyncio
import itertools
import logging
import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from pydantic import ValidationError

from vigie.domain import camera_watch
from vigie.domain.camera_watch import Act, CameraWatch
from vigie.protocol.codec import JsonObject, decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.runtime.backoff import Backoff
from vigie.runtime.child_process import die_with_parent
from vigie.runtime.clock import Clock, wait_for_event

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
MAX_LINE_BYTES = 16 * 1024
_LINES, _PER_S = 50, 0.25
"""So many lines are read in so long: a camera has two a second to say."""
_LAST_WORDS_S = 0.5
_TOLD_RUBBISH = 3


class CameraChild:
    """`config` is its first line, made anew for each life. `on_say` hears each JSON object of its, `on_look` after each look."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], clock: Clock) -> None:
        self.watch = CameraWatch()
        self.exit_status: int | None = None
        self.config: Callable[[], Awaitable[bytes]]
        self.on_say: Callable[[JsonObject], None] = lambda _line: None
        self.on_start: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self.on_look: Callable[[], None] = lambda: None
        self._argv = tuple(argv)
        self._env = {**os.environ, **env}
        self._clock = clock
        self._backoff = Backoff(base_s=1.0, cap_s=30.0)
        self._wake = asyncio.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._stdin: int | None = None
        self._stdout: asyncio.ReadTransport | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the present process."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keeps it running for ever; cancelled, ends it in order before it returns."""
        try:
            while True:
                await self._look()
                self.on_look()
                self._wake.clear()
                await wait_for_event(self._wake, LOOK_EVERY_S, self._clock)
        finally:
            await self._end()

    def send(self, line: bytes) -> bool:
        """Gives it one line; False where there is no process, or one that does not read. Never blocks."""
        if self._stdin is None:
            return False
        try:
            # Whole or not at all, up to PIPE_BUF (4096 bytes): pipe(7).
            return os.write(self._stdin, line + b"\n") == len(line) + 1
        except (BlockingIOError, BrokenPipeError) as error:
            log.warning("the camera does not read: %s", error)
            return False

    def heard(self, picture_age_s: float | None) -> None:
        """A sign of life."""
        self.watch = camera_watch.heard(self.watch, picture_age_s, self._clock.monotonic())

    async def _look(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            if self._reading is not None:
                await asyncio.wait((self._reading,), timeout=_LAST_WORDS_S)
            self._is_gone(self._process)
        now = self._clock.monotonic()
        if self.watch.has_lasted(now):
            self._backoff.reset()
        self.watch, act = camera_watch.look(self.watch, now)
        match act:
            case Act.START:
                await self._start()
            case Act.TERMINATE if self._process is not None:
                log.warning("the camera hangs: ending pid=%d", self._process.pid)
                self._process.terminate()
            case Act.KILL if self._process is not None:
                log.warning("the camera does not end: killing pid=%d", self._process.pid)
                self._process.kill()

    async def _start(self) -> None:
        self.exit_status = None
        config = await self.config()
        try:
            process = self._spawn()
        except OSError as error:
            log.warning("the camera cannot be started: %s", error)
            self._is_down()
            return
        self._process = process
        assert process.stdin is not None
        self._stdin = process.stdin.fileno()
        os.set_blocking(self._stdin, False)
        log.info("camera started pid=%d", process.pid)
        self.send(config)
        self.on_start()
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        loop = asyncio.get_running_loop()
        self._stdout, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stdout)
        self._reading = asyncio.create_task(self._read(reader), name="camera lines")

    def _spawn(self) -> subprocess.Popen[bytes]:
        """A group of its own: Ctrl-C in the terminal reaches the agent alone, which ends it in order; and a camera that is
        stopped when its agent dies is an orphaned group with a stopped member, which the kernel hangs up: exit(3p).
        """
        return subprocess.Popen(  # noqa: S603 - our own program
            self._argv,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one call of prctl, which takes no lock
        )

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Until it closes its side, which is likely its end."""
        rubbish = 0
        began_at = self._clock.monotonic()
        for number in itertools.count(1):
            try:
                line = await reader.readline()
            except ValueError:  # longer than any of its words; what follows is read as further lines
                line = b"\n"
            if not line:
                break
            if (wrong := self._hear(line)) and rubbish < _TOLD_RUBBISH:
                rubbish += 1
                log.warning("the camera says what cannot be used: %s: %r", wrong, line[:200])
            if number % _LINES == 0:
                await self._clock.sleep(began_at + _PER_S - self._clock.monotonic())
                began_at = self._clock.monotonic()
        self._wake.set()

    def _hear(self, line: bytes) -> str:
        """What is wrong with the line."""
        try:
            self.on_say(decode_object(line))
        except BadPayload as error:
            return error.reason
        except ValidationError as error:
            return explain(error)
        return ""

    def _is_gone(self, process: subprocess.Popen[bytes]) -> None:
        self.exit_status = process.returncode
        log.info("camera ended pid=%d status=%d", process.pid, process.returncode)
        self._let_go(process)
        self._is_down()

    def _is_down(self) -> None:
        self.watch = camera_watch.ended(self.watch, self._clock.monotonic(), self._backoff.next_delay_s())
        self.on_end()

    def _let_go(self, process: subprocess.Popen[bytes]) -> None:
        self._process = self._stdin = None
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        if self._reading is not None:
            self._reading.cancel()
        if self._stdout is not None:
            self._stdout.close()
        self._reading = self._stdout = None

    async def _end(self) -> None:
        """In order: end of stdin and SIGTERM both mean that the clip is to be closed."""
        process = self._process
        if process is None:
            return
        process.terminate()
        deadline = self._clock.monotonic() + camera_watch.END_GRACE_S
        while process.poll() is None and self._clock.monotonic() < deadline:
            await self._clock.sleep(0.05)
        if process.poll() is None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_WORDS_S)
        self._let_go(process)
