"""One live MQTT connection as an asyncio object: publish, subscribe, messages, its end. paho-mqtt underneath.

paho runs on our event loop through its socket callbacks, so there is no thread that could die unseen (paho #365, #704):
whatever goes wrong ends the connection with an exception in the task that uses it.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

from paho.mqtt import MQTTException
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from vigie.runtime.broker_errors import ConnectionLost, PublishRefused, PublishTimeout, TakenOver
from vigie.runtime.mqtt_client import Client, Message

log = logging.getLogger(__name__)

PUBLISH_TIMEOUT_S = 10.0
_GOODBYE_TIMEOUT_S = 0.3
UNREAD_MAX_BYTES = 8 * 1024 * 1024
"""What may wait to be read before more of it is dropped. Not of what needs a manual acknowledgement: it was promised."""
_MESSAGE_BYTES = 500  # a message without its payload
_SESSION_TAKEN_OVER = 0x8E
_NO_MATCHING_SUBSCRIBERS = 0x10
# What paho's parser raises on bytes that are no MQTT.
_NOT_MQTT = (MQTTException, ValueError, IndexError, KeyError, TypeError, AssertionError, struct.error)


def _size_bytes(message: Message) -> int:
    return len(message.payload) + _MESSAGE_BYTES


@lru_cache(maxsize=8)
def _with_expiry(expiry_s: int) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's own gap
    properties.MessageExpiryInterval = expiry_s
    return properties


class Connection:
    """One live connection. Every method raises `BrokerError` once it is lost."""

    def __init__(self, client: Client, loop: asyncio.AbstractEventLoop, protocol: int, *, manual_ack: bool) -> None:
        self._client = client
        self._manual_ack = manual_ack
        self._unread_bytes = 0
        self._has_dropped = False
        self._loop = loop
        self._inbox: asyncio.Queue[Message | ConnectionLost] = asyncio.Queue()
        self._publishes: dict[int, asyncio.Future[ReasonCode]] = {}
        self._subscribes: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._pings: deque[asyncio.Future[None]] = deque()
        self._connack: asyncio.Future[ReasonCode] = loop.create_future()
        self._lost: ConnectionLost | None = None
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

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None) -> bool:
        """Publishes; at QoS 1 returns after the PUBACK, which says "received", never "stored".

        Returns whether somebody may listen: False is MQTT 5's "no matching subscribers". With `expiry_s` a broker keeps it
        no longer than that for whoever is away; 3.1.1 has no word for it, there it is ignored.
        """
        self._check()
        properties = _with_expiry(expiry_s) if self.is_mqtt5 and expiry_s is not None else None
        info = self._client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
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

    async def ping(self) -> None:
        """Returns when the broker has answered: it has read all that we sent before, and we all that it sent us before."""
        self._check()
        self._client.ping()
        await self._pings[-1]

    async def messages(self) -> AsyncIterator[Message]:
        """Every message, in order; ends by raising `ConnectionLost`. Of a flood that is not read it keeps the first ones."""
        while True:
            item = await self._inbox.get()
            if isinstance(item, ConnectionLost):
                raise item
            self._unread_bytes -= _size_bytes(item)
            yield item

    def acknowledge(self, message: Message) -> None:
        """Sends the PUBACK of a QoS 1 message (only with `manual_ack`), together with others of this turn of the event loop.
        After a loss it does nothing: it comes again.
        """
        if message.qos and self._lost is None:
            if not self._client.owes_acks:
                self._loop.call_soon(self._client.send_acks)
            self._client.acknowledge(message.mid)

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

    def _receive(self, message: Message) -> None:
        is_promised = self._manual_ack and message.qos > 0
        if self._unread_bytes >= UNREAD_MAX_BYTES and not is_promised:
            if not self._has_dropped:
                log.warning("%d messages wait to be read: those that come now are dropped", self._inbox.qsize())
            self._has_dropped = True
            return
        self._unread_bytes += _size_bytes(message)
        self._inbox.put_nowait(message)

    def _on_socket_open(self, _client: Any, _userdata: Any, sock: Any) -> None:
        if self._lost is not None:  # given up meanwhile: going on would take our own next connection over
            sock.close()
            raise OSError("connected too late")
        # Without it an event that follows a heartbeat or a PUBACK, which nobody answers, waits 40 ms for the broker's ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.call_soon_threadsafe(self._watch_readable, sock)

    def _on_socket_close(self, _client: Any, _userdata: Any, sock: Any) -> None:
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_register_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._watch_writable, sock)

    def _on_unregister_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        self._loop.call_soon_threadsafe(self._watch_writable, sock)

    def _watch_readable(self, sock: Any) -> None:
        if sock.fileno() >= 0:
            self._loop.add_reader(sock, self._read, sock)

    def _watch_writable(self, sock: Any) -> None:
        """Follows paho's present wish: between its callback and this call it may have changed, or the socket be closed.

        paho gives None when it queues a packet on a connection that it has just closed.
        """
        if sock is None or sock.fileno() < 0:
            return
        if self._client.want_write():
            self._loop.add_writer(sock, self._client.loop_write)
        else:
            self._loop.remove_writer(sock)

    def _read(self, sock: Any) -> None:
        try:
            self._client.read()
            # TLS reads whole records: what is left of one does not make the socket readable again.
            while isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending():
                self._client.read()
        except _NOT_MQTT as error:
            self.fail(ConnectionLost(f"the broker sent what is no MQTT: {str(error) or type(error).__name__}"))
            self._shut()

    def _on_connect(self, _client: Any, _userdata: Any, flags: Any, code: ReasonCode, _properties: Any) -> None:
        self.session_present = bool(flags.session_present)
        if not self._connack.done():
            self._connack.set_result(code)

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.value == _SESSION_TAKEN_OVER:
            self.fail(TakenOver("another client connected under our client id: is this device id in use twice?"))
        else:
            self.fail(ConnectionLost(f"connection to the broker lost: {code}"))

    def _on_publish(self, _client: Any, _userdata: Any, mid: int, code: ReasonCode, _properties: Any) -> None:
        answer = self._publishes.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(code)

    def _on_ping(self) -> None:
        self._pings.append(self._loop.create_future())

    def _on_pong(self) -> None:
        if self._pings and not (answer := self._pings.popleft()).done():
            answer.set_result(None)

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
        waiting: list[asyncio.Future[Any]] = [*self._publishes.values(), *self._subscribes.values(), *self._pings, self._connack]
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen: nobody may be waiting for it

    async def misc(self) -> None:
        """paho's housekeeping: pings, and noticing that the broker no longer answers them."""
        while self._lost is None:
            self._client.loop_misc()
            await asyncio.sleep(1.0)  # paho's own clock; nothing of ours depends on it

    async def close(self) -> None:
        """Says DISCONNECT, so that the last will is not sent, and waits shortly for it to leave."""
        if self._lost is None:
            self._client.send_acks()
            self._client.disconnect()
            with contextlib.suppress(TimeoutError):  # a frozen broker with a full pipe
                async with asyncio.timeout(_GOODBYE_TIMEOUT_S):
                    while self._client.want_write() and self._lost is None:  # noqa: ASYNC110 - paho does the writing
                        await asyncio.sleep(0.005)
        self.fail(ConnectionLost("closed"))
        self._shut()

    def _shut(self) -> None:
        sock = self._client.socket()
        if sock is not None:
            self._on_socket_close(None, None, sock)
            sock.close()
