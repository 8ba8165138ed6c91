"""A running Mosquitto of a site: told to read its files again, and to forget what a revoked Pi has left on it.

At a SIGHUP Mosquitto checks each connection's password again, and cuts off at once who has none any more: within
0.15 s, without its last will (measured with 2.0.11).
"""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from vigie.deploy.mosquitto import PROVISION
from vigie.protocol import topics
from vigie.protocol.camera import MEDIA
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError, Connection, Identity, connect

_RETAINED_WAIT_S = 0.5
_LIMIT_S = 5.0
_NAME = "mosquitto"


class CannotReload(Exception):
    """The broker runs and cannot be told."""


def reload(pid_file: Path) -> bool:
    """Makes the broker read its password and ACL files again; False where none runs. Raises `CannotReload`."""
    pid = _running(pid_file)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise CannotReload(f"the broker (process {pid}) is another user's; run `sudo kill -HUP {pid}`") from error
    return True


async def forget(device_id: str, local_port: int, password_file: Path, clock: Clock) -> None:
    """Clears the retained messages of a device. Raises `BrokerError`."""
    settings = BrokerSettings(url=f"127.0.0.1:{local_port}", username=PROVISION, password_file=password_file)
    try:
        async with asyncio.timeout(_LIMIT_S), connect(settings, Identity(PROVISION)) as connection:
            for topic in await _retained(connection, device_id, clock):
                await connection.publish(topic, b"", retain=True)
    except TimeoutError as error:
        raise BrokerError(f"no answer from the broker in {_LIMIT_S:g} s") from error


async def _retained(connection: Connection, device_id: str, clock: Clock) -> set[str]:
    """What is retained, and in any case what says where its camera is: the bridge must not go on to ask there."""
    found = {topics.state(device_id, MEDIA), topics.status(device_id)}
    await connection.subscribe(topics.state(device_id, "+"))
    until = clock.monotonic() + _RETAINED_WAIT_S
    with suppress(TimeoutError):
        async with asyncio.timeout(until - clock.monotonic()):
            async for message in connection.messages():
                found.add(message.topic)
    return found


def _running(pid_file: Path) -> int | None:
    """The broker's process; None where the file is not there, or a left-over: its number may be another program's now."""
    with suppress(OSError, ValueError):
        pid = int(pid_file.read_text(encoding="ascii"))
        if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == _NAME:
            return pid
    return None
