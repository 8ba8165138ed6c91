"""Frames that are sent in one turn of the event loop leave as one write, in their order, and none is lost at the end."""

import asyncio

from vigie.server.gathered_writes import _ENOUGH_BYTES, _Gathering


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.written.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def get_extra_info(self, name: str) -> str:
        return name


async def test_what_is_sent_in_one_turn_is_one_write():
    wire = Wire()
    transport = _Gathering(wire, asyncio.get_running_loop())
    transport.write(b"a")
    transport.write(b"b")
    assert wire.written == []
    await asyncio.sleep(0)
    transport.write(b"c")
    await asyncio.sleep(0)
    assert wire.written == [b"ab", b"c"]


async def test_a_lot_does_not_wait_and_what_is_left_leaves_before_the_close():
    wire = Wire()
    transport = _Gathering(wire, asyncio.get_running_loop())
    transport.write(b"x" * _ENOUGH_BYTES)
    assert len(wire.written) == 1
    transport.write(b"goodbye")
    transport.close()
    assert wire.written[1:] == [b"goodbye"]
    await asyncio.sleep(0)
    assert len(wire.written) == 2
    assert transport.get_extra_info("peername") == "peername"
