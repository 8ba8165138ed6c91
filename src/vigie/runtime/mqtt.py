"""One MQTT connection as an asyncio object, and the loop that keeps one up for ever. paho-mqtt underneath.

paho runs on our event loop through its socket callbacks, so there is no thread that could die unseen (paho #365, #704):
whatever goes wrong ends the connection with an exception in the task that uses it. Each connection is a new client:
reused ones resend what they still hold. MQTT 5 first, for its reason codes; 3.1.1 where the broker knows no other.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from vigie.runtime.backoff import Backoff
from vigie.runtime.broker_errors import (
    BrokerError,
    BrokerMute,
    BrokerRefused,
    BrokerUnreachable,
    ConnectionLost,
    PublishRefused,
    PublishTimeout,
)
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock

__all__ = [
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
    "Will",
    "connect",
    "keep_connected",
]

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
CONNACK_TIMEOUT_S = 3.0
PUBLISH_TIMEOUT_S = 10.0
SETTLED_AFTER_S = 5.0
SESSION_EXPIRY_S = 7 * 24 * 3600
_UNSUPPORTED_PROTOCOL = {1, 0x84}  # 3.1.1's and 5's CONNACK codes
_SESSION_TAKEN_OVER = 0x8E
_NO_MATCHING_SUBSCRIBERS = 0x10


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


@dataclass(frozen=True, slots=True)
class Message:
    """A message as received. `mid` is the packet's id within this connection, 0 at QoS 0."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    mid: int


class Connection:
    """One live connection. Every method raises `BrokerError` once it is lost."""

    def __init__(self, client: paho.Client, loop: asyncio.AbstractEventLoop, protocol: int) -> None:
        self._client = client
        self._loop = loop
        self._inbox: asyncio.Queue[Message | ConnectionLost] = asyncio.Queue()
        self._publishes: dict[int, asyncio.Future[ReasonCode]] = {}
        self._subscribes: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._connack: asyncio.Future[ReasonCode] = loop.create_future()
        self._lost: ConnectionLost | None = None
        self._closed = asyncio.Event()
        self.is_mqtt5 = protocol == paho.MQTTv5
        self.session_present = False

    async def subscribe(self, *filters: str, qos: int = 1, retain_as_published: bool = True, send_retained: bool = True) -> None:
        """Subscribes and waits for the SUBACK. Its grant proves little: Mosquitto grants what its ACL then withholds.

        MQTT 5 only: with `retain_as_published` the retain flag comes as the sender set it, so that a retained command
        shows as one; without it the flag means "from the broker's memory", as in 3.1.1. `send_retained=False` asks for
        none of that memory.
        """
        self._check()
        if self.is_mqtt5:
            options = SubscribeOptions(
                qos=qos,
                retainAsPublished=retain_as_published,
                retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if send_retained else SubscribeOptions.RETAIN_DO_NOT_SEND,
            )
            _, mid = self._client.subscribe([(name, options) for name in filters])
        else:
            _, mid = self._client.subscribe([(name, qos) for name in filters])
        if mid is None:
            raise ConnectionLost("connection lost while subscribing")
        answer: asyncio.Future[list[ReasonCode]] = self._loop.create_future()
        self._subscribes[mid] = answer
        for name, code in zip(filters, await self._bounded(answer, f"SUBSCRIBE {filters[0]}"), strict=False):
            if code.is_failure:
                raise PublishRefused(name, f"subscription refused: {code}")

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> bool:
        """Publishes; at QoS 1 returns after the PUBACK, which says "received", never "stored".

        Returns whether somebody may listen: False is MQTT 5's "no matching subscribers".
        """
        self._check()
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc not in (paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_AGAIN):
            raise ConnectionLost(f"publish on {topic}: {paho.error_string(info.rc)}")
        if qos == 0:
            return True
        answer: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._publishes[info.mid] = answer
        code = await self._bounded(answer, topic)
        if code.is_failure:
            raise PublishRefused(topic, str(code))
        return int(code.value) != _NO_MATCHING_SUBSCRIBERS

    async def messages(self) -> AsyncIterator[Message]:
        """Every message, in order; ends by raising `ConnectionLost`."""
        while True:
            item = await self._inbox.get()
            if isinstance(item, ConnectionLost):
                raise item
            yield item

    def waiting_messages(self) -> list[Message]:
        """What has already arrived, without waiting: for taking a batch after the first message."""
        batch: list[Message] = []
        while not self._inbox.empty():
            item = self._inbox.get_nowait()
            if isinstance(item, ConnectionLost):
                self._inbox.put_nowait(item)
                break
            batch.append(item)
        return batch

    def acknowledge(self, message: Message) -> None:
        """Sends the PUBACK of a QoS 1 message (only with `manual_ack`). After a loss it does nothing: it comes again."""
        if message.qos and self._lost is None:
            self._client.ack(message.mid, message.qos)

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost

    async def _bounded(self, answer: asyncio.Future[Any], what: str) -> Any:
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                return await answer
        except TimeoutError as error:
            raise PublishTimeout(what, PUBLISH_TIMEOUT_S) from error

    # What paho calls. All of it runs on the event loop, but for the socket's opening, which runs in connect's thread.

    def _on_socket_open(self, _client: Any, _userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._loop.add_reader, sock, self._read, sock)

    def _on_socket_close(self, _client: Any, _userdata: Any, sock: Any) -> None:
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_register_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._watch_writable, sock)

    def _on_unregister_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._watch_writable, sock)

    def _watch_writable(self, sock: Any) -> None:
        """Follows paho's present wish: between its callback and this call it may have changed, or the socket be closed."""
        if sock.fileno() < 0:
            return
        if self._client.want_write():
            self._loop.add_writer(sock, self._client.loop_write)
        else:
            self._loop.remove_writer(sock)

    def _read(self, sock: Any) -> None:
        self._client.loop_read()
        # TLS reads whole records: what is left of one does not make the socket readable again.
        while isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending():
            self._client.loop_read()

    def _on_connect(self, _client: Any, _userdata: Any, flags: Any, code: ReasonCode, _properties: Any) -> None:
        self.session_present = bool(flags.session_present)
        if not self._connack.done():
            self._connack.set_result(code)

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.value == _SESSION_TAKEN_OVER:
            self.fail(ConnectionLost("another client connected under our client id: is this device id in use twice?"))
        else:
            self.fail(ConnectionLost(f"connection to the broker lost: {code}"))

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        topic = bytes(message._topic).decode("utf-8", "backslashreplace")  # .topic raises on a broken one
        self._inbox.put_nowait(
            Message(topic, bytes(message.payload), message.qos, bool(message.retain), bool(message.dup), message.mid)
        )

    def _on_publish(self, _client: Any, _userdata: Any, mid: int, code: ReasonCode, _properties: Any) -> None:
        answer = self._publishes.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(code)

    def _on_subscribe(self, _client: Any, _userdata: Any, mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        answer = self._subscribes.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(codes)

    def fail(self, error: ConnectionLost) -> None:
        """Ends the connection for everyone who uses it."""
        if self._lost is not None:
            return
        self._lost = error
        self._inbox.put_nowait(error)
        waiting: list[asyncio.Future[Any]] = [*self._publishes.values(), *self._subscribes.values(), self._connack]
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen: nobody may be waiting for it
        self._closed.set()

    async def misc(self) -> None:
        """paho's housekeeping: pings, and noticing that the broker no longer answers them."""
        while self._lost is None:
            self._client.loop_misc()
            await asyncio.sleep(1.0)  # paho's own clock; nothing of ours depends on it

    async def close(self) -> None:
        """Says DISCONNECT, so that the last will is not sent, and waits shortly for it to leave."""
        if self._lost is None:
            self._client.disconnect()
            while self._client.want_write() and self._lost is None:
                if self._client.loop_write() != paho.MQTT_ERR_SUCCESS:
                    break
                await asyncio.sleep(0)
        self.fail(ConnectionLost("closed"))
        sock = self._client.socket()
        if sock is not None:
            self._on_socket_close(None, None, sock)
            sock.close()


@asynccontextmanager
async def connect(settings: BrokerSettings, identity: Identity, *, protocol: int = paho.MQTTv5) -> AsyncIterator[Connection]:
    """A connection for the length of the block. Raises `BrokerUnreachable` or `BrokerRefused` when there is none to have."""
    loop = asyncio.get_running_loop()
    client = _new_client(settings, identity, protocol)
    connection = Connection(client, loop, protocol)
    _wire(client, connection)
    housekeeping: asyncio.Task[None] | None = None
    try:
        try:
            await asyncio.to_thread(_open, client, settings, identity, protocol)
        except (OSError, ValueError) as error:
            raise BrokerUnreachable(settings, error) from error
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


def _new_client(settings: BrokerSettings, identity: Identity, protocol: int) -> paho.Client:
    clean = None if protocol == paho.MQTTv5 else not identity.persistent
    client = paho.Client(
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
    if settings.uses_tls:
        client.tls_set_context(ssl.create_default_context(cafile=settings.tls_ca))
    if identity.will:
        client.will_set(identity.will.topic, identity.will.payload, qos=1, retain=True)
    return client


def _wire(client: paho.Client, connection: Connection) -> None:
    client.on_socket_open = connection._on_socket_open
    client.on_socket_close = connection._on_socket_close
    client.on_socket_register_write = connection._on_register_write
    client.on_socket_unregister_write = connection._on_unregister_write
    client.on_connect = connection._on_connect
    client.on_disconnect = connection._on_disconnect
    client.on_message = connection._on_message
    client.on_publish = connection._on_publish
    client.on_subscribe = connection._on_subscribe


def _open(client: paho.Client, settings: BrokerSettings, identity: Identity, protocol: int) -> None:
    if protocol != paho.MQTTv5:
        client.connect(settings.host, settings.port, settings.keepalive_s)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own gap
    if identity.persistent:
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
    client.connect(settings.host, settings.port, settings.keepalive_s, clean_start=not identity.persistent, properties=properties)


async def keep_connected(
    settings: BrokerSettings,
    identity: Identity,
    session: Callable[[Connection], Awaitable[None]],
    *,
    clock: Clock,
    on_lost: Callable[[BrokerError], None] = lambda _error: None,
) -> None:
    """Runs `session` on one connection after another, for ever; returns only when `session` does.

    `session` must read `messages()` in one of its tasks: that is where the loss of a connection shows. Failures to
    connect are logged once per outage. After a refusal of our credentials the wait is long: hammering locks people out.
    """
    backoff = Backoff(base_s=0.2, cap_s=5.0)
    protocol = paho.MQTTv311 if settings.protocol == "3.1.1" else paho.MQTTv5
    complained = ""
    while True:
        started = clock.monotonic()
        try:
            async with connect(settings, identity, protocol=protocol) as connection:
                version = "5" if connection.is_mqtt5 else "3.1.1"
                log.info("connected to broker=%s:%d protocol=%s", settings.host, settings.port, version)
                complained = ""
                await session(connection)
                return
        except* BrokerError as group:
            error = _first(group)
        on_lost(error)
        if settings.protocol == "auto" and _is_about_protocol(error):
            protocol = paho.MQTTv311 if protocol == paho.MQTTv5 else paho.MQTTv5
            if protocol == paho.MQTTv311:
                continue
        if str(error) != complained:
            log.warning("%s; trying again", error)
            complained = str(error)
        if clock.monotonic() - started > SETTLED_AFTER_S:
            backoff.reset()
        await clock.sleep(30.0 if isinstance(error, BrokerRefused) else backoff.next_delay_s())


def _is_about_protocol(error: BrokerError) -> bool:
    return isinstance(error, BrokerMute) or (isinstance(error, BrokerRefused) and error.code in _UNSUPPORTED_PROTOCOL)


def _first(group: BaseExceptionGroup[BrokerError]) -> BrokerError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, BrokerError)
    return found
