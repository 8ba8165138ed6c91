"""The control socket of a simulated agent: lets `vigie trigger` and the scenario drive its mock pins. Not on a real Pi."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory

from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.inputs import Input, Inputs
from vigie.agent.log_file import LoggedEvent
from vigie.runtime.claim import NO_ROOM
from vigie.runtime.clock import Clock
from vigie.testing.trigger import SOCKET_NAME, short_socket_path

log = logging.getLogger(__name__)

MAX_SECONDS = 3600.0
SETTLE_LIMIT_S = 10.0
_POLL_S = 0.005
_RETRY_S = 2.0


class Control:
    """Drives the pins of `inputs`. Triggers of one sensor take turns, each from a settled line to a settled line."""

    def __init__(
        self, device_id: str, folder: Path, *, factory: MockFactory, inputs: Inputs, event_log: EventLog, clock: Clock
    ) -> None:
        self._device_id = device_id
        self._folder = folder
        self._factory = factory
        self._inputs = inputs
        self._log = event_log
        self._clock = clock
        self._turns: dict[str, asyncio.Lock] = {name: asyncio.Lock() for name in inputs.names()}
        self._listeners: dict[str, Callable[[LoggedEvent], None]] = {}
        event_log.on_accepted.append(self._accepted)

    async def run(self) -> None:
        """Serves until cancelled."""
        if (listener := self._listener()) is None:
            log.warning("there is no room for the control socket in %s: `vigie trigger` has to wait", self._folder)
        while listener is None:
            await self._clock.sleep(_RETRY_S)
            listener = self._listener()
        server = await asyncio.start_unix_server(self._serve, sock=listener)
        try:
            async with server:
                await server.serve_forever()
        finally:
            (self._folder / SOCKET_NAME).unlink(missing_ok=True)

    def _listener(self) -> socket.socket | None:
        """A listening socket in the folder; None while the disk has no room for one."""
        (self._folder / SOCKET_NAME).unlink(missing_ok=True)  # of a killed run: the folder's lock says that it is ours
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with short_socket_path(self._folder) as path:
                fresh = Path(f"{path}~")
                fresh.unlink(missing_ok=True)
                listener.bind(str(fresh))
                fresh.chmod(0o600)
                listener.listen()
                fresh.rename(path)  # who sees the socket may connect to it
        except OSError as error:
            listener.close()
            if error.errno not in NO_ROOM:
                raise
            return None
        return listener

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # the asking side went away; its pin has been let go
            try:
                request = json.loads(await reader.readline())
                await self._trigger(request, reader, writer)
            except (ValueError, TypeError, KeyError, _Refused) as error:
                _say(writer, {"error": str(error)})
            await writer.drain()
        writer.close()

    async def _trigger(self, request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, seconds = request["sensor"], float(request["for_s"])
        if request["device"] != self._device_id:
            raise _Refused(f"the agent here is {self._device_id!r}, not {request['device']!r}")
        if name not in self._turns:
            raise _Refused(f"unknown sensor {name!r}; {self._device_id} has {', '.join(self._inputs.names()) or 'none'}")
        if not 0 < seconds <= MAX_SECONDS:
            raise _Refused(f"{seconds:g} s is outside 0..{MAX_SECONDS:g} s")
        seen: list[int] = []
        driven_at_s: list[float] = []

        def tell(event: LoggedEvent) -> None:
            body = {"id": event.draft.id, "stream_id": event.stream_id, "seq": event.seq, "type": event.draft.type}
            _say(writer, {"event": body, "driven_at_s": driven_at_s[min(len(seen), len(driven_at_s) - 1)]})
            seen.append(event.seq)

        async with self._turns[name]:
            item = self._inputs[name]
            await self._settled(item, level=False)
            self._listeners[name] = tell
            try:
                await self._pulse(item, self._sleep_while_asked(seconds, reader), driven_at_s)
                await self._settled(item, level=False)
                await self._committed()
            finally:
                del self._listeners[name]
        if not seen:
            raise _Refused(f"{name} did not take a pulse of {seconds:g} s: shorter than its settle_s, or warming up")
        _say(writer, {"done": True})

    async def _pulse(self, item: Input, hold: Awaitable[None], driven_at_s: list[float]) -> None:
        """Active, then inactive; notes the monotonic time just before each: each edge is one event."""
        pin = self._factory.pin(item.sensor.settings.pin)
        drive = (pin.drive_low, pin.drive_high)
        driven_at_s.append(self._clock.monotonic())
        drive[item.sensor.active_high]()
        try:
            await hold
        finally:
            driven_at_s.append(self._clock.monotonic())
            drive[not item.sensor.active_high]()

    async def _sleep_while_asked(self, seconds: float, reader: asyncio.StreamReader) -> None:
        """Waits, but no longer than the asking side is there: Ctrl-C in `vigie trigger` lets the pin go."""
        sleeper, gone = asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((sleeper, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            if not gone.cancel():
                gone.exception()  # a reset connection is gone too

    async def _settled(self, item: Input, *, level: bool) -> None:
        deadline = self._clock.monotonic() + SETTLE_LIMIT_S + item.config.hold_off_s + item.config.settle_s
        while item.level is not level or not item.settled:
            if self._clock.monotonic() > deadline:
                raise _Refused(f"{item.sensor.name} does not come to rest")
            await self._clock.sleep(_POLL_S)

    async def _committed(self) -> None:
        deadline = self._clock.monotonic() + SETTLE_LIMIT_S
        try:
            await self._log.flush()
        except LogUnavailable as error:
            raise _Refused(f"the event log takes nothing: {error}") from error
        while self._log.waiting:
            if self._clock.monotonic() > deadline:
                raise _Refused("the events are not on disk yet: is it full?")
            await self._clock.sleep(_POLL_S)

    def _accepted(self, event: LoggedEvent) -> None:
        if listener := self._listeners.get(event.draft.sensor):
            listener(event)


class _Refused(Exception):
    pass


def _say(writer: asyncio.StreamWriter, line: dict[str, Any]) -> None:
    writer.write(json.dumps(line).encode() + b"\n")
