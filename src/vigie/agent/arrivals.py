"""Whether what is read from the broker has just been sent: asked of messages that bear no clock of their own."""

from dataclasses import dataclass

from vigie.agent.wakefulness import Wakefulness
from vigie.domain.promptness import ASK_EVERY_S, PROMPT_WITHIN_S, Promptness
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerAbsent, BrokerError, BrokerMute, Connection, Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, when it was read (monotonic), and why it may have been old even then."""

    message: Message
    at: float
    doubt: str | None


class Arrivals:
    """Asks the broker for signs of life; what they prove is `domain.promptness`'."""

    def __init__(self, clock: Clock, wakefulness: Wakefulness) -> None:
        self._clock = clock
        self._wakefulness = wakefulness
        self._promptness = Promptness()

    @property
    def is_awake(self) -> bool:
        """Whether it has not waited in our own buffers, while we were frozen."""
        return self._wakefulness.is_awake

    def why_doubted(self) -> str | None:
        """Why what is read now may be old, in words; None where it has just been sent."""
        if not self.is_awake:
            return "this device was frozen until just now"
        return self._promptness.why_doubted(self._clock.monotonic())

    def arrived(self, message: Message) -> Arrived:
        """What has just been read, and may have to wait before it is acted upon."""
        return Arrived(message, self._clock.monotonic(), self.why_doubted())

    def why_stale(self, arrived: Arrived) -> str | None:
        """Why a message that bears no clock must not be acted upon now; None where it may."""
        if arrived.doubt is not None:
            return f"nobody knows how old it is: {arrived.doubt}"
        waited_s = self._clock.monotonic() - arrived.at
        return f"it waited {waited_s:.0f} s for this device's disk" if waited_s > PROMPT_WITHIN_S else None

    async def ask(self, connection: Connection) -> None:
        """One question, until it is answered."""
        asked_at = self._clock.monotonic()
        await connection.ping()
        self._promptness = self._promptness.answered(asked_at, self._clock.monotonic())

    async def run(self, connection: Connection) -> None:
        """One question after the other, for the length of a connection."""
        while True:
            asked_at = self._clock.monotonic()
            await self.ask(connection)
            await self._clock.sleep(asked_at + ASK_EVERY_S - self._clock.monotonic())

    def lost(self, error: BrokerError) -> None:
        """A connection has ended, or there was none to have."""
        if isinstance(error, BrokerAbsent):
            self._promptness = self._promptness.absent()
        elif isinstance(error, BrokerMute):
            self._promptness = self._promptness.mute()
