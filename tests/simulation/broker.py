"""The broker as Vigie sees it: a pipe that keeps order while it lives, delivers again with DUP, and forgets all when killed."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Message:
    """On its way to the bridge. `sent_at_s` is the true time when the broker took it."""

    topic: str
    payload: bytes
    sent_at_s: float
    mid: int = 0
    dup: bool = False


class Broker:
    """The bridge's persistent session, and the clean ones of the Pis that listen to their acks."""

    def __init__(self) -> None:
        self.waiting: list[Message] = []
        self.handed_out: list[Message] = []
        self.acks: dict[str, list[bytes]] = {}
        self.has_session = True
        self._mid = 0
        self._acknowledged: list[Message] = []

    def publish(self, topic: str, payload: bytes, now_s: float) -> None:
        """Takes a message for the bridge; the sender has its PUBACK, which promises nothing."""
        self.waiting.append(Message(topic, payload, now_s))

    def publish_ack(self, device_id: str, payload: bytes) -> None:
        self.acks.setdefault(device_id, []).append(payload)

    def hand_out(self, count: int) -> list[Message]:
        """The next messages, to be acknowledged one by one."""
        given = []
        for message in self.waiting[:count]:
            if not message.mid:
                self._mid += 1
            given.append(message if message.mid else replace(message, mid=self._mid))
        del self.waiting[:count]
        self.handed_out += given
        return given

    def puback(self, message: Message) -> None:
        self.handed_out = [other for other in self.handed_out if other.mid != message.mid]
        self._acknowledged.append(message)

    def take_acknowledged(self) -> list[Message]:
        """What the bridge has acknowledged since this was last asked."""
        taken, self._acknowledged = self._acknowledged, []
        return taken

    def connected(self) -> bool:
        """The bridge is there again: what it has not acknowledged comes first, with DUP. False: there was no session."""
        self.waiting = [replace(message, dup=True) for message in self.handed_out] + self.waiting
        self.handed_out = []
        had_session, self.has_session = self.has_session, True
        return had_session

    def die(self) -> None:
        """Killed, and started again empty."""
        self.waiting, self.handed_out, self.acks = [], [], {}
        self.has_session = False
        self._mid = 0
