"""The retained states of this device's parts: newest wins, all of them again after each connect."""

import asyncio
import logging

from vigie.protocol import topics
from vigie.protocol.codec import JsonObject, encode_object
from vigie.runtime.mqtt import Connection, PublishRefused

log = logging.getLogger(__name__)


class StateBoard:
    """What `states/{device}/{part}` should say. States are never queued: while the broker is away only the last one counts."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._bodies: dict[str, bytes] = {}
        self._unsent: dict[str, None] = {}
        self._wake = asyncio.Event()

    def put(self, part: str, body: JsonObject) -> None:
        """Sets the state of a part; an unchanged one is not sent again."""
        payload = encode_object(body)
        if self._bodies.get(part) != payload:
            self._bodies[part] = payload
            self._unsent[part] = None
            self._wake.set()

    async def run(self, connection: Connection) -> None:
        """Publishes every state, then each change, for the length of a connection."""
        self._unsent = dict.fromkeys(self._bodies)
        while True:
            while self._unsent:
                part = next(iter(self._unsent))
                del self._unsent[part]
                try:
                    await connection.publish(topics.state(self._device_id, part), self._bodies[part], retain=True)
                except PublishRefused as error:  # the broker's access rules; the guard goes on without this state
                    log.warning("%s", error)
            self._wake.clear()
            await self._wake.wait()
