"""`vigie mode`: reads or sets the site's mode straight on the broker; needs no server and no bridge."""

import asyncio
import getpass
import socket
import sys
from collections.abc import Mapping

from pydantic import ValidationError

from vigie.domain.mode import INITIAL, next_record
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime import logging as runtime_logging
from vigie.runtime.broker_url import ENV_KEYS, BrokerSettings
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.config import Settings, load
from vigie.runtime.ids import new_id
from vigie.runtime.mqtt import BrokerError, Connection, Identity, keep_connected

RETAINED_WAIT_S = 1.0
"""A broker sends its retained messages right after the SUBACK; what has not come by then is not there."""

_DEADLINE_S = 4.0


class _ModeSettings(Settings):
    broker: BrokerSettings = BrokerSettings()


def run(wanted: Mode | None, environ: Mapping[str, str]) -> int:
    """Prints the mode (after setting it, if `wanted`); 1 when the broker cannot be reached."""
    settings = load(_ModeSettings, None, environ, ENV_KEYS)
    clock = SystemClock()
    runtime_logging.setup("mode", level="ERROR")  # what goes wrong is said once, below
    try:
        record = asyncio.run(read_or_set(settings.broker, wanted, clock))
    except BrokerError as error:
        print(f"vigie mode: {error}", file=sys.stderr)
        return 1
    by = f" (set by {record.changed_by})" if record.changed_by else ""
    print(f"{record.mode.value}{by}")
    return 0


async def read_or_set(broker: BrokerSettings, wanted: Mode | None, clock: Clock) -> ModeRecord:
    """The record on the broker, after replacing it by one with mode `wanted`. Raises `BrokerError`."""
    failures: list[BrokerError] = []
    records: list[ModeRecord] = []

    async def session(connection: Connection) -> None:
        current = await _retained(connection)
        if wanted is not None:
            writer = f"{socket.gethostname()[:32]}-cli"
            current = next_record(current, wanted, writer=writer, changed_by=getpass.getuser(), now=clock.now())
            await connection.publish(topics.MODE, current.model_dump_json().encode(), retain=True)
        records.append(current)

    identity = Identity(client_id=f"vigie-mode-{new_id(clock.now())[-8:]}")
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await keep_connected(broker, identity, session, clock=clock, on_lost=failures.append)
    except TimeoutError:
        raise failures[-1] if failures else BrokerError(f"no answer from {broker.url} in {_DEADLINE_S:g} s") from None
    return records[-1]


async def _retained(connection: Connection) -> ModeRecord:
    await connection.subscribe(topics.MODE)
    try:
        async with asyncio.timeout(RETAINED_WAIT_S):
            async for message in connection.messages():
                return ModeRecord.model_validate(decode_object(message.payload))
    except (TimeoutError, BadPayload, ValidationError):
        pass
    return INITIAL
