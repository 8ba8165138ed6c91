"""A network that says everything again: hears events on the broker and publishes them anew, several times, out of order."""

import random
import threading
import time
from contextlib import suppress

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

_HEAP = 12


class Mischief:
    """From `start` to `stop`, on the broker at `port`. It does not hear itself (MQTT 5's no-local)."""

    def __init__(self, port: int, copies: int, seed: int) -> None:
        self.said_again = 0
        self._copies = copies
        self._rng = random.Random(seed)
        self._heap: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"mischief-{seed}", protocol=paho.MQTTv5)
        self._client.on_connect = self._connected
        self._client.on_message = self._heard
        self._port = port

    def start(self) -> None:
        with suppress(OSError):  # the broker is away: then there is nothing to say again
            self._client.connect("127.0.0.1", self._port, clean_start=True)
            self._client.loop_start()

    def stop(self) -> None:
        self._say()
        time.sleep(0.05)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: paho.Client, *_details: object) -> None:
        options = SubscribeOptions(qos=1, noLocal=True)
        client.subscribe([("sensors/#", options), ("replays/#", options)])

    def _heard(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            self._heap += [(message.topic, message.payload)] * self._copies
        if len(self._heap) >= _HEAP * self._copies:
            self._say()

    def _say(self) -> None:
        with self._lock:
            heap, self._heap = self._heap, []
        self._rng.shuffle(heap)
        for topic, payload in heap:
            self._client.publish(topic, payload, qos=1)
            self.said_again += 1
