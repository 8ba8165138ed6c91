"""The bridge's way to publish: whatever connection is up at the moment, or the error that there is none."""

from vigie.runtime.mqtt import Connection, ConnectionLost


class Broker:
    """Holds the live connection while there is one. The inlet sets and clears it."""

    def __init__(self) -> None:
        self.connection: Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection is up and subscribed."""
        return self.connection is not None

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Publishes at QoS 1 and waits for the PUBACK; False when nobody listens. Raises `BrokerError`, also when it is down."""
        if self.connection is None:
            raise ConnectionLost("not connected to the broker")
        return await self.connection.publish(topic, payload, retain=retain)
