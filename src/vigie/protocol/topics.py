"""Every MQTT topic of Vigie, both ways: build one from its parts, read one back. No other module holds a topic string."""

import re
from dataclasses import dataclass
from functools import lru_cache

from vigie.protocol.errors import BadTopic

DEVICE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,31}$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"
_DEVICE = re.compile(DEVICE_PATTERN.removesuffix("$") + r"\Z")
_NAME = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")

MODE = "site/mode"


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """A topic that belongs to one device. `branch` is its first level, `part` the last where it has three."""

    branch: str
    device_id: str
    part: str | None = None

    def __str__(self) -> str:
        tail = "" if self.part is None else f"/{self.part}"
        return f"{self.branch}/{self.device_id}{tail}"


@dataclass(frozen=True, slots=True)
class ModeTopic:
    """`site/mode`: the one topic that belongs to the site."""

    def __str__(self) -> str:
        return MODE


Topic = DeviceTopic | ModeTopic

# Branch -> does its topic end in a part (`sensors/{device}/{sensor}`) or not (`status/{device}`)?
_BRANCHES = {
    "sensors": True,
    "commands": True,
    "results": True,
    "states": True,
    "status": False,
    "heartbeats": False,
    "acks": False,
    "replays": False,
}


def is_device_id(text: str) -> bool:
    """Whether `text` may name a device: `[a-z0-9][a-z0-9-]{0,31}`."""
    return _DEVICE.match(text) is not None


def is_name(text: str) -> bool:
    """Whether `text` may name a sensor, a command or a part: `[a-z0-9][a-z0-9_-]{0,31}`."""
    return _NAME.match(text) is not None


@lru_cache(maxsize=1024)
def parse(text: str) -> Topic:
    """Reads a topic; raises `BadTopic` with the reason when it is outside the contract."""
    if text == MODE:
        return ModeTopic()
    branch, *rest = text.split("/")
    if branch not in _BRANCHES:
        raise BadTopic(text, f"unknown first level {branch!r}")
    expected = 2 if _BRANCHES[branch] else 1
    if len(rest) != expected:
        raise BadTopic(text, f"{branch} topics have {expected + 1} levels, this one has {len(rest) + 1}")
    device_id, part = rest[0], rest[1] if expected == 2 else None
    if not is_device_id(device_id):
        raise BadTopic(text, f"device {device_id!r} is not of the form [a-z0-9][a-z0-9-]{{0,31}}")
    if part is not None and not is_name(part):
        raise BadTopic(text, f"{part!r} is not of the form [a-z0-9][a-z0-9_-]{{0,31}}")
    return DeviceTopic(branch, device_id, part)


def sensor(device_id: str, name: str) -> str:
    """`sensors/{device}/{sensor}`: an event as it happens."""
    return f"sensors/{device_id}/{name}"


def command(device_id: str, name: str) -> str:
    """`commands/{device}/{command}`: a request to one device. Never retained."""
    return f"commands/{device_id}/{name}"


def result(device_id: str, name: str) -> str:
    """`results/{device}/{command}`: the device's answer."""
    return f"results/{device_id}/{name}"


def state(device_id: str, part: str) -> str:
    """`states/{device}/{part}`: retained, the current state only."""
    return f"states/{device_id}/{part}"


def status(device_id: str) -> str:
    """`status/{device}`: retained, and the device's last will."""
    return f"status/{device_id}"


def heartbeat(device_id: str) -> str:
    """`heartbeats/{device}`: QoS 0, every 10 s."""
    return f"heartbeats/{device_id}"


def ack(device_id: str) -> str:
    """`acks/{device}`: what the server has committed of this device's log."""
    return f"acks/{device_id}"


def replay(device_id: str) -> str:
    """`replays/{device}`: events again, for the bridge alone."""
    return f"replays/{device_id}"


def round_trip(name: str) -> str:
    """`doctor/{name}`: a message to oneself, which proves that the broker delivers. Never retained; nobody else listens."""
    return f"doctor/{name}"


ALL_SENSORS = "sensors/#"
ALL_REPLAYS = "replays/#"
ALL_RESULTS = "results/#"
ALL_STATES = "states/#"
ALL_ALARM_STATES = "states/+/alarm"
ALL_STATUS = "status/#"
ALL_HEARTBEATS = "heartbeats/#"
EVERY_ALARM = "sensors/+/alarm"


def all_commands(device_id: str) -> str:
    """The filter for every command to one device."""
    return f"commands/{device_id}/+"
