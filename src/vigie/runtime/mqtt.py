"""Connects to the broker, and keeps a connection up for ever. What one connection does is in `mqtt_connection`.

Each connection is a new client: reused ones resend what they still hold. MQTT 5 first, for its reason codes; 3.1.1
where the broker knows no other.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from vigie.runtime import sdnotify
from vigie.runtime.broker_errors import (
    BrokerAbsent,
    BrokerError,
    BrokerMute,
    BrokerRefused,
    BrokerUnreachable,
    ConnectionLost,
    PublishRefused,
    PublishTimeout,
    TakenOver,
)
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.config import ConfigError
from vigie.runtime.mqtt_client import Client, Message
from vigie.runtime.mqtt_connection import Connection
from vigie.runtime.reconnects import Reconnects
from vigie.runtime.task_groups import first_failure, in_own_task

__all__ = [
    "BrokerAbsent",
    "BrokerError",
    "BrokerMute",
    "BrokerRefused",
    "BrokerUnreachable",
    "Connection",
    "ConnectionLost",
    "Identity",
    "Message",
    "PublishRefused",
    "PublishTimeout",
    "TakenOver",
    "Will",
    "connect",
    "keep_connected",
]

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
CONNACK_TIMEOUT_S = 3.0
SESSION_EXPIRY_S = 7 * 24 * 3600
UNACKNOWLEDGED_MAX = 500
"""How much a broker may send ahead of our acknowledgements (MQTT 5). Mosquitto 2.0 sends more as soon as some have come."""

SILENCES_MAX = 10
"""In a row, of a broker that has spoken MQTT 5 before, until it is spoken to in 3.1.1."""
_UNSUPPORTED_PROTOCOL = {1, 0x84}  # 3.1.1's and 5's CONNACK codes


@dataclass(frozen=True, slots=True)
class Will:
    """The last will: what the broker publishes (QoS 1, retained) when we vanish without a goodbye."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to the broker. A `persistent` session keeps QoS 1 messages for us while we are away.

    With `manual_ack` a QoS 1 message is only acknowledged by `Connection.acknowledge`.
    """

    client_id: str
    persistent: bool = False
    manual_ack: bool = False
    will: Will | None = None


@asynccontextmanager
async def connect(settings: BrokerSettings, identity: Identity, *, protocol: int = paho.MQTTv5) -> AsyncIterator[Connection]:
    """A connection for the length of the block. Raises `BrokerUnreachable` or `BrokerRefused` when there is none to have."""
    loop = asyncio.get_running_loop()
    try:
        client = _new_client(settings, identity, protocol)
    except ConfigError as error:
        raise BrokerUnreachable(settings, error) from error
    connection = Connection(client, loop, protocol, manual_ack=identity.manual_ack)
    _wire(client, connection)
    housekeeping: asyncio.Task[None] | None = None
    try:
        try:
            async with asyncio.timeout(2 * CONNECT_TIMEOUT_S):  # paho's own limit begins after the name is resolved
                await _in_thread(lambda: _open(client, settings, identity, protocol))
        except ConnectionRefusedError as error:
            raise BrokerAbsent(settings, error) from error
        except (OSError, ValueError) as error:
            raise BrokerUnreachable(settings, str(error) or "no answer") from error
        try:
            async with asyncio.timeout(CONNACK_TIMEOUT_S):
                code = await connection._connack
        except (TimeoutError, ConnectionLost) as error:
            raise BrokerMute(settings, str(error) or "it accepts the connection but does not answer") from error
        if code.is_failure:
            raise BrokerRefused(settings, int(code.value), str(code))
        housekeeping = asyncio.create_task(connection.misc(), name="mqtt housekeeping")
        yield connection
    finally:
        if housekeeping is not None:
            housekeeping.cancel()
        await connection.close()


def _new_client(settings: BrokerSettings, identity: Identity, protocol: int) -> Client:
    clean = None if protocol == paho.MQTTv5 else not identity.persistent
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=identity.client_id,
        clean_session=clean,
        protocol=MQTTProtocolVersion(protocol),
        reconnect_on_failure=False,
        manual_ack=identity.manual_ack,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.max_inflight_messages_set(100)
    if credentials := settings.credentials():
        client.username_pw_set(*credentials)
    if (context := settings.tls()) is not None:
        client.tls_set_context(context)
    if identity.will:
        client.will_set(identity.will.topic, identity.will.payload, qos=1, retain=True)
    return client


def _wire(client: Client, connection: Connection) -> None:
    client.on_socket_open = connection._on_socket_open
    client.on_socket_close = connection._on_socket_close
    client.on_socket_register_write = connection._on_register_write
    client.on_socket_unregister_write = connection._on_unregister_write
    client.on_connect = connection._on_connect
    client.on_disconnect = connection._on_disconnect
    client.on_received = connection._receive
    client.on_ping, client.on_pong = connection._on_ping, connection._on_pong
    client.on_publish = connection._on_publish
    client.on_subscribe = connection._on_subscribe


def _open(client: paho.Client, settings: BrokerSettings, identity: Identity, protocol: int) -> None:
    if protocol != paho.MQTTv5:
        client.connect(settings.host, settings.port, settings.keepalive_s)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own gap
    if identity.persistent:
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
    if identity.manual_ack:
        properties.ReceiveMaximum = UNACKNOWLEDGED_MAX
    client.connect(settings.host, settings.port, settings.keepalive_s, clean_start=not identity.persistent, properties=properties)


async def _in_thread(work: Callable[[], None]) -> None:
    """Runs what blocks. Not `asyncio.to_thread`: a program waits for those threads at its end, and a name server may hang."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def target() -> None:
        failure: Exception | None = None
        try:
            work()
        except (OSError, ValueError, RuntimeError) as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=target, name="mqtt connect", daemon=True).start()
    await done


async def keep_connected(
    settings: BrokerSettings,
    identity: Identity,
    session: Callable[[Connection], Coroutine[Any, Any, None]],
    *,
    clock: Clock,
    on_lost: Callable[[BrokerError], None] = lambda _error: None,
    on_rival: Callable[[], None] = lambda: None,
) -> None:
    """Runs `session` on one connection after another, for ever; returns only when `session` does.

    `session` must read `messages()` in one of its tasks: that is where the loss of a connection shows. Failures to
    connect are logged once per outage. `on_rival` is called whenever it looks as if another client had our id.
    """
    reconnects = Reconnects()
    version = _Version(settings.protocol)
    complained = ""
    while True:
        up_at: float | None = None
        try:
            async with connect(settings, identity, protocol=version.protocol) as connection:
                version.is_spoken()
                log.info("connected to broker=%s:%d protocol=%s", settings.host, settings.port, version)
                sdnotify.notify(f"STATUS=connected to the broker {settings.host}:{settings.port}")
                complained = ""
                up_at = clock.monotonic()
                await in_own_task(session(connection), "mqtt session")
                return
        except* BrokerError as group:
            error = first_failure(group)
        if version.falls_back(error):
            continue
        on_lost(error)
        if str(error) != complained:
            log.warning("%s; trying again", error)
            sdnotify.notify(f"STATUS={error}")
            complained = str(error)
        had_rival = reconnects.has_rival
        wait_s = reconnects.wait_s(error, None if up_at is None else clock.monotonic() - up_at)
        if reconnects.has_rival:
            on_rival()
            if not had_rival:
                log.warning("connections as client id %r end within seconds: is this id in use twice?", identity.client_id)
        await clock.sleep(wait_s)


class _Version:
    """Which MQTT to speak: 5 where the broker knows it. `configured` is the setting: `auto`, `5` or `3.1.1`.

    amqtt says nothing at all to MQTT 5. But silence is also what a broker gives that is killed or frozen just then, so one
    that has spoken 5 before must be silent for long to be taken for another: in 3.1.1 no refusal of an ACL shows.
    """

    def __init__(self, configured: str) -> None:
        self._is_auto = configured == "auto"
        self._has_spoken_5 = False
        self._silences = 0
        self.protocol = paho.MQTTv311 if configured == "3.1.1" else paho.MQTTv5

    def __str__(self) -> str:
        return "5" if self.protocol == paho.MQTTv5 else "3.1.1"

    def is_spoken(self) -> None:
        """A connection is up."""
        self._silences = 0
        self._has_spoken_5 = self._has_spoken_5 or self.protocol == paho.MQTTv5

    def falls_back(self, error: BrokerError) -> bool:
        """Whether to try again at once, in the older version."""
        if not self._is_auto:
            return False
        was_5 = self.protocol == paho.MQTTv5
        self._silences = self._silences + 1 if isinstance(error, BrokerMute) else 0
        is_refused = isinstance(error, BrokerRefused) and error.code in _UNSUPPORTED_PROTOCOL
        is_silent = self._silences >= (SILENCES_MAX if self._has_spoken_5 else 1)
        is_falling = was_5 and (is_refused or is_silent)
        # After anything else 5 again: what comes back may be another broker.
        self.protocol = paho.MQTTv311 if is_falling else paho.MQTTv5
        return is_falling
