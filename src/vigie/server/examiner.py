"""Has this machine examined: runs `vigie doctor --json` as a child, so that page and command never differ, and a check that hangs
can be ended.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from vigie.domain.access import Scope
from vigie.runtime.child_process import die_with_parent
from vigie.runtime.clock import Clock
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.api.doctor_schemas import Examination
from vigie.server.errors import ExaminationFailed
from vigie.server.settings import ServerSettings

TIMEOUT_S = 60.0
"""Each check has 5 s of its own; the rest is for a Pi Zero to start Python."""
DOCTOR = (sys.executable, "-m", "vigie", "doctor", "--json")
_EXAMINED = (0, 1)  # 1: something is to be mended
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound to
_AUTHORITY = "ca.crt"


class Examiner:
    """One examination at a time: who asks meanwhile gets the same one."""

    def __init__(self, settings: ServerSettings, door: Doorkeeper, clock: Clock, command: Sequence[str] = DOCTOR) -> None:
        self._settings = settings
        self._door = door
        self._clock = clock
        self._command = command
        self._running: asyncio.Task[Examination] | None = None

    async def examine(self) -> Examination:
        """What the doctor finds now. Raises `ExaminationFailed`."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="examine this machine")
            self._running.add_done_callback(self._end)
        return await asyncio.shield(self._running)  # who asked first may leave: the others still wait

    def _end(self, _task: "asyncio.Task[Examination]") -> None:
        self._running = None

    async def _run(self) -> Examination:
        at, started = self._clock.now(), self._clock.monotonic()
        with self._door.lend("doctor", Scope.VIEWER) as token:
            code, out, errors = await _output_of(self._command, environment(self._settings, token))
        if code not in _EXAMINED:
            said = errors.decode("utf-8", "replace").strip().splitlines()
            raise ExaminationFailed(said[-1][:300] if said else f"it ended with {code}")
        try:
            return Examination(at=at, took_s=round(self._clock.monotonic() - started, 3), **json.loads(out))
        except (ValueError, TypeError, ValidationError) as error:
            raise ExaminationFailed(f"its answer cannot be read ({error}); is `vigie` of another version?") from error


async def _output_of(command: Sequence[str], environ: Mapping[str, str]) -> tuple[int | None, bytes, bytes]:
    """How a child ended, and what it said. Raises `ExaminationFailed` where it does not start, or does not end."""
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
    except OSError as error:
        raise ExaminationFailed(f"it does not start: {error.strerror}") from error
    try:
        async with asyncio.timeout(TIMEOUT_S):
            out, errors = await child.communicate()
    except TimeoutError as error:
        raise ExaminationFailed(f"it is not done after {TIMEOUT_S:g} s") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child.returncode, out, errors


def environment(settings: ServerSettings, token: str) -> dict[str, str]:
    """Ours, and in it where this very server is, its data, and a token by which it knows the doctor."""
    is_tls = settings.tls_certificate is not None
    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    found = {
        **os.environ,
        "VIGIE_DATA": str(settings.data_dir),
        "BACKEND_URL": f"{'https' if is_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{settings.port}",
        "BACKEND_TOKEN": token,
    }
    if settings.database_url:
        found["DATABASE_URL"] = settings.database_url
    authority = (settings.tls_certificate or Path()).with_name(_AUTHORITY) if is_tls else None
    if authority is not None and authority.is_file() and "BACKEND_TLS_CA" not in found:
        found["BACKEND_TLS_CA"] = str(authority)
    return found
