"""What tests put in the place of the agent's `Arrivals`: doubt at will."""

from dataclasses import dataclass

from vigie.agent.arrivals import Arrived
from vigie.runtime.mqtt import Message


@dataclass
class Doubts:
    """Nothing is doubted until a test says why."""

    doubt: str | None = None
    is_awake: bool = True

    def why_doubted(self) -> str | None:
        return self.doubt

    def arrived(self, message: Message) -> Arrived:
        return Arrived(message, 0.0, self.doubt)

    def why_stale(self, arrived: Arrived) -> str | None:
        return arrived.doubt
