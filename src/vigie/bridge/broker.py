"""The bridge's way to publish: whatever connection is up at the moment, or the error that there is none."""

from collections.abc import Callable

from vigie.domain.promptness import ASK_EVERY_S, Promptness
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerAbsent, BrokerError, BrokerMute, Connection, ConnectionLost


class Broker:
    """Holds the live connection while there is one. The inlet says when it comes and goes; `on_change` hears of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._promptness = Promptness()
        self._connection: Connection | None = None
        self._listeners: list[Callable[[bool], None]] = []

    @property
    def connected(self) -> bool:
        """Whether a connection is up and subscribed."""
        return self._connection is not None

    def on_change(self, listener: Callable[[bool], None]) -> None:
        """`listener` is told True for each new connection, False for each loss. It must not block."""
        self._listeners.append(listener)

    @property
    def had_kept_for_us(self) -> bool:
        """Whether the broker may have kept messages for us while we were away: they come first, and look like news."""
        return self._connection is not None and self._connection.session_present

    @property
    def why_doubted(self) -> str | None:
        """Why what the broker hands out now may have waited in it; None where it has just been sent."""
        return self._promptness.why_doubted(self._clock.monotonic())

    async def ask(self, connection: Connection) -> None:
        """For the length of a connection: asks for signs of life."""
        while True:
            asked_at = self._clock.monotonic()
            await connection.ping()
            self._promptness = self._promptness.answered(asked_at, self._clock.monotonic())
            await self._clock.sleep(asked_at + ASK_EVERY_S - self._clock.monotonic())

    def lost(self, error: BrokerError) -> None:
        """A connection has ended, or there was none to have."""
        if isinstance(error, BrokerAbsent):
            self._promptness = self._promptness.absent()
        elif isinstance(error, BrokerMute):
            self._promptness = self._promptness.mute()

    def came_up(self, connection: Connection) -> None:
        """`connection` is subscribed and may be used."""
        self._connection = connection
        self._tell()

    def went_down(self) -> None:
        """There is no connection any more."""
        self._connection = None
        self._tell()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Publishes at QoS 1 and waits for the PUBACK; False when nobody listens. Raises `BrokerError`, also when it is down."""
        if self._connection is None:
            raise ConnectionLost("not connected to the broker")
        return await self._connection.publish(topic, payload, retain=retain)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.connected)
