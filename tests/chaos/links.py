"""The wires between the programs: a TCP proxy each, which cuts, delays, swallows and tears what passes."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.chaos.taps import Tap

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: the other side sees RST, as when a router forgets a connection


@dataclass(eq=False)
class _Wire:
    """One connection through a link. `is_dead`: half-open; whatever is sent into it vanishes, and no side is told."""

    client: asyncio.StreamWriter
    target: asyncio.StreamWriter | None = None
    is_dead: bool = False
    tap: Tap | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def reset(self) -> None:
        for writer in (self.client, self.target):
            if writer is not None:
                with suppress(OSError):  # it is closed already
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                writer.transport.abort()

    def close(self) -> None:
        """Both ends, after what is under way; the end of a half-open one is not told to the other side."""
        self.client.close()
        if self.target is not None and not self.is_dead:
            self.target.close()


class Link:
    """A proxy on a port of its own to a port on loopback; faults are its attributes, all off at first.

    `delay_s`: each chunk waits that long, the order stays. `black_hole`: everything vanishes, and connections that have
    seen it stay dead. `refuses`: connections are reset at once. `cut_after_bytes`: the connection that carries the byte
    of that number (counted from now, towards the target) is reset right behind it: in the middle of a packet or a POST.
    `target_port` may be changed: connections made from then on go there.
    `loses_answers`: what the target sends vanishes, and the connection is reset: the work is done, the answer lost.
    """

    def __init__(self, name: str, target_port: int, new_tap: Callable[[], Tap] | None = None) -> None:
        """`new_tap`: makes what looks into a connection."""
        self.name = name
        self._new_tap = new_tap
        self.port = 0
        self.target_port = target_port
        self._wires: set[_Wire] = set()
        self._server: asyncio.Server | None = None
        self.heal()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def heal(self) -> None:
        """All faults off. A connection that has gone dead stays so."""
        self.delay_s = 0.0
        self.black_hole = False
        self.refuses = False
        self.cut_after_bytes: int | None = None
        self.loses_answers = False

    def cut(self) -> None:
        """Resets every connection that is up now."""
        for wire in list(self._wires):
            wire.reset()

    def begin_black_hole(self) -> None:
        """Every connection that is up now is dead from here on, those of the next time as well, until `heal`."""
        self.black_hole = True
        for wire in self._wires:
            wire.is_dead = True

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for wire in list(self._wires):
            for task in wire.tasks:
                task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = _Wire(writer, is_dead=self.black_hole, tap=self._new_tap() if self._new_tap else None)
        self._wires.add(wire)
        try:
            if self.refuses:
                wire.reset()
                return
            target_reader = None
            if not wire.is_dead:
                target_reader, wire.target = await asyncio.open_connection("127.0.0.1", self.target_port)
            wire.tasks = [asyncio.create_task(self._pump(wire, reader, up=True))]
            if target_reader is not None:
                wire.tasks.append(asyncio.create_task(self._pump(wire, target_reader, up=False)))
            await asyncio.wait(wire.tasks, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):  # nobody listens there now, or the run is over
            pass
        finally:
            for task in wire.tasks:
                task.cancel()
            wire.close()
            if not wire.is_dead:
                self._wires.discard(wire)

    async def _pump(self, wire: _Wire, reader: asyncio.StreamReader, *, up: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if wire.is_dead or wire.target is None:
                    continue
                if not up and self.loses_answers:
                    wire.reset()
                    return
                writer = wire.target if up else wire.client
                if up and self.cut_after_bytes is not None:
                    self.cut_after_bytes -= len(data)
                    if self.cut_after_bytes <= 0:
                        writer.write(data[: self.cut_after_bytes or None])
                        await writer.drain()
                        self.cut_after_bytes = None
                        await asyncio.sleep(0.02)  # until the kernel has sent them: a reset would throw them away
                        wire.reset()
                        return
                if wire.tap is not None:
                    wire.tap.saw(data, up=up)
                writer.write(data)
                await writer.drain()
