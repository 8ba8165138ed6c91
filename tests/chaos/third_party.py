"""Somebody else's sensor on the same broker: no log behind it, so its events are safe from the bridge's PUBACK on, no earlier."""

import asyncio
import json
from typing import Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

DEVICE = "weather"
TOPIC = f"sensors/{DEVICE}/rain"


class ThirdParty:
    """Publishes numbered events at QoS 1, and forgets each. The ledger hears from the tap what the bridge acknowledged."""

    def __init__(self, broker_port: int, events_per_s: float) -> None:
        self.published = 0
        self._pause_s = 1 / events_per_s
        self._port = broker_port
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "rain-gauge", protocol=paho.MQTTv5)
        self._client.reconnect_delay_set(1, 2)

    async def run(self) -> None:
        """Speaks until cancelled."""
        async with self:
            while True:
                await asyncio.sleep(self._pause_s)
                if self._client.is_connected():
                    self.say()

    async def __aenter__(self) -> Self:
        self._client.connect_async("127.0.0.1", self._port, keepalive=5)
        self._client.loop_start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    async def connected(self) -> bool:
        return self._client.is_connected()

    def say(self) -> None:
        """One more event."""
        self.published += 1
        self._client.publish(TOPIC, json.dumps({"n": self.published, "mm": 0.2}), qos=1)
