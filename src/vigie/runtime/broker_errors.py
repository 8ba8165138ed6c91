"""What can go wrong between a program and its broker; each error says where, and what to do where that is known."""

from vigie.runtime.broker_url import BrokerSettings


class BrokerError(Exception):
    """Root of what can go wrong between a program and its broker."""


class BrokerUnreachable(BrokerError):
    """No connection: nothing listens there, no route, or it does not speak MQTT."""

    def __init__(self, settings: BrokerSettings, cause: object) -> None:
        super().__init__(f"no broker at {settings.host}:{settings.port}: {cause}")


class BrokerAbsent(BrokerUnreachable):
    """The machine is there and says that nothing listens."""


class BrokerMute(BrokerUnreachable):
    """Something listens there but does not answer our CONNECT: amqtt does so to MQTT 5."""


class BrokerRefused(BrokerError):
    """The broker answered the CONNECT with no. `code` is the CONNACK's."""

    def __init__(self, settings: BrokerSettings, code: int, reason: str) -> None:
        super().__init__(f"broker at {settings.host}:{settings.port} refused us: {reason}; check MQTT_USERNAME and MQTT_PASSWORD")
        self.code = code


class ConnectionLost(BrokerError):
    """The connection ended under us."""


class TakenOver(ConnectionLost):
    """The broker says that another client connected under our client id (MQTT 5 only)."""


class PublishRefused(BrokerError):
    """The broker took the packet and answered no (MQTT 5 only): 3.1.1 has no way to say so."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"publish on {topic} refused: {reason}")
        self.topic = topic


class PublishTimeout(BrokerError):
    """No PUBACK in time. The message may still have arrived: its fate is not known."""

    def __init__(self, topic: str, timeout_s: float) -> None:
        super().__init__(f"no PUBACK for {topic} in {timeout_s:g} s")
        self.topic = topic
