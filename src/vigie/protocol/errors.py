"""What can be wrong with a message. Each error keeps the failing thing and reads as help."""


class ProtocolError(Exception):
    """Root of everything that a message can do wrong."""


class BadPayload(ProtocolError, ValueError):
    """Bytes that are no message of ours. `reason` goes into the quarantine, word for word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadTopic(ProtocolError, ValueError):
    """A topic outside the contract."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"{topic!r}: {reason}")
        self.topic = topic
        self.reason = reason


class BadCommand(ProtocolError, ValueError):
    """A command that the device refuses. `reason` is the answer's `reason`."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(f"{command}: {reason}")
        self.command = command
        self.reason = reason
