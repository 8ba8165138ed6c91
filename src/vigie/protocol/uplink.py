"""What bridge and server say to each other: the HTTP batch, and the names on the Socket.IO namespace `/bridge`.

Bridge to server (each acknowledged by Socket.IO's own callback):
    hello      `BridgeHello`                                            -> `{}`
    heartbeat  `DeviceMessage` with a `Heartbeat` as body               -> `{"through_seq": n}` of that stream
    status     `DeviceMessage` with a `DeviceStatus` as body            -> `{}`
    state      `DeviceMessage` with `part`                              -> `{}`
    mode       `ModeRecord`                                             -> `{}`
    health     `BridgeHealth`, every 10 s                               -> `{}`
Server to bridge:
    command    `CommandRequest`                                         -> `CommandAnswer`
    set_mode   `ModeRecord`                                             -> `{"status": "done"}` once the broker has it
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vigie.protocol.events import DeviceId, EventId, Seq, StreamId
from vigie.protocol.times import Timestamp

BRIDGE_NAMESPACE = "/bridge"
COMMAND_TIMEOUT_S = 5.0


class RefusedPayload(BaseModel):
    """An item of a batch that is no event: bytes that the bridge could not read, for the server's quarantine.

    `stream_id` and `seq` are given where they could still be made out: that number of the log is accounted for then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: EventId
    topic: str = Field(max_length=65535)
    payload_base64: str
    reason: str = Field(max_length=1000)
    received_at: Timestamp | None = None
    device_id: DeviceId | None = None
    stream_id: StreamId | None = None
    seq: Seq | None = None


class HeartbeatAnswer(BaseModel):
    """How far the heartbeat's stream is stored without a hole, and the id of the event there (see `states.Ack`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    through_seq: int = Field(ge=0)
    event_id: EventId | None = None


class BridgeHello(BaseModel):
    """The first word of a bridge after each connect."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    bridge_id: str = Field(max_length=64)
    version: str = ""


class BridgeHealth(BaseModel):
    """How the bridge is: `spool_depth` events wait for the server, `broker_connected` says whether MQTT is up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    spool_depth: int = Field(0, ge=0)
    spool_bytes: int = Field(0, ge=0)
    broker_connected: bool = False
    faults: tuple[str, ...] = ()


class DeviceMessage(BaseModel):
    """A device's own words, passed on: heartbeat, status or the state of a part. `retained`: the broker's memory, not news."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device_id: DeviceId
    part: str | None = None
    body: dict[str, Any]
    retained: bool = False


class CommandRequest(BaseModel):
    """A command from a user to a device. The bridge adds the freshness of the last heartbeat that it saw."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str
    device_id: DeviceId
    command: str
    body: dict[str, Any]


class CommandAnswer(BaseModel):
    """How it ended: the device's own result, or why there is none (`offline`, `timeout`, `no_broker`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["done", "rejected", "expired", "offline", "timeout", "no_broker"]
    reason: str | None = None
    result: dict[str, Any] = Field(default_factory=dict)
