"""The Socket.IO namespace `/bridge`: what bridges report, and the way down for commands and the mode."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import socketio
from pydantic import BaseModel, ValidationError

from vigie.domain.access import Right
from vigie.domain.supervision import Link
from vigie.protocol.camera import MEDIA, LiveRequest
from vigie.protocol.codec import check_value
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import DeviceStatus, Heartbeat, ModeRecord
from vigie.protocol.topics import is_name
from vigie.protocol.uplink import (
    BRIDGE_NAMESPACE,
    COMMAND_TIMEOUT_S,
    BridgeHealth,
    BridgeHello,
    CommandAnswer,
    CommandRequest,
    DeviceMessage,
)
from vigie.runtime.clock import Clock
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.access.guests import Guests
from vigie.server.devices import Devices
from vigie.server.errors import NoBridge, StoreUnavailable

log = logging.getLogger(__name__)

ANSWER_MARGIN_S = 0.5
"""The bridge measures the command's own time-out; its answer says more than our silence, so it gets this much longer."""


class ModeBehind(Exception):
    """The site has a newer mode than the one that we took for its last: `record`."""

    def __init__(self, record: ModeRecord) -> None:
        super().__init__(f"the site is in {record.mode} since {record.stamp}")
        self.record = record


class ModeListener(Protocol):
    """Who wants to know the mode that a bridge has seen on the broker."""

    async def take_reported(self, record: ModeRecord) -> None:
        """Raises `BadPayload` for a record that cannot be believed."""


@dataclass(slots=True)
class _Bridge:
    sid: str
    bridge_id: str = ""
    health: BridgeHealth | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Bridges(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio is not typed
    """The connected bridges. Several may be; commands go through the newest."""

    def __init__(self, sio: socketio.AsyncServer, devices: Devices, mode: ModeListener, clock: Clock, door: Doorkeeper) -> None:
        super().__init__(BRIDGE_NAMESPACE)
        self._guests = Guests(self, door, Right.DELIVER)
        self._clock = clock
        self._spoken_at: float | None = None
        self._devices = devices
        self._mode = mode
        self._bridges: dict[str, _Bridge] = {}
        self._ears: dict[str, Callable[[_Bridge, Any], Awaitable[dict[str, Any]]]] = {
            "hello": self._hello,
            "heartbeat": self._heartbeat,
            "status": self._status,
            "state": self._state,
            "mode": self._mode_seen,
            "health": self._health,
        }
        self.on_hello: Callable[[], None] = lambda: None
        """Called when a bridge has come: it knows nothing of what was asked of another."""
        sio.register_namespace(self)

    @property
    def count(self) -> int:
        """How many bridges are connected."""
        return len(self._bridges)

    @property
    def health(self) -> BridgeHealth | None:
        """What the newest bridge last said of itself."""
        return self._newest().health if self._bridges else None

    @property
    def reports(self) -> list[tuple[str, BridgeHealth]]:
        """What each bridge last said of itself, by its name."""
        return [(bridge.bridge_id, bridge.health) for bridge in self._bridges.values() if bridge.health is not None]

    @property
    def link(self) -> Link:
        """Whether the devices can be heard: over any bridge that says that it has a broker."""
        has_broker = any(health.broker_connected for _, health in self.reports)
        return Link(has_bridge=bool(self._bridges), has_broker=has_broker, spoken_at=self._spoken_at)

    async def send_command(self, request: CommandRequest) -> CommandAnswer:
        """Sends a command through the newest bridge and waits for its end; raises `NoBridge`."""
        answer = await self._ask("command", request)
        if answer is None:
            return CommandAnswer(status="timeout", reason=f"no answer in {COMMAND_TIMEOUT_S:g} s")
        try:
            return CommandAnswer.model_validate(answer)
        except ValidationError as error:
            raise NoBridge(f"the bridge's answer makes no sense ({explain(error)}); is its version the same as ours?") from error

    async def set_mode(self, record: ModeRecord) -> None:
        """Returns once the broker has the record. Raises `ModeBehind`, and `NoBridge` when that cannot be confirmed."""
        answer = await self._ask("set_mode", record)
        if (newer := _newer_mode(answer)) is not None:
            raise ModeBehind(newer)
        if not isinstance(answer, dict) or answer.get("status") != "done":
            reason = answer.get("reason") if isinstance(answer, dict) else None
            raise NoBridge(f"the broker has not confirmed the mode: {reason or 'no answer from the bridge'}; nothing was changed")

    async def want_live(self, request: LiveRequest) -> str | None:
        """Asks for the pictures of a device, or for no more; why there will be none, else None. Raises `NoBridge`."""
        answer = await self._ask("live", request)
        if isinstance(answer, dict) and answer.get("status") == "done":
            return None
        reason = answer.get("reason") if isinstance(answer, dict) else None
        return str(reason or "no answer from the bridge")[:300]

    async def trigger_event(self, event: str, *args: Any) -> dict[str, Any] | bool | None:
        """Everything that a bridge emits comes through here; whatever it is, the answer says what was wrong with it."""
        sid = str(args[0]) if args else ""
        if event == "connect" and sid not in self._bridges:
            if not self._guests.let_in(sid, args[1]):
                return False
            self._bridges[sid] = _Bridge(sid)
            return None
        if event == "connect":  # a client may emit this name too
            return None
        if event == "disconnect" and not self.server.manager.is_connected(sid, self.namespace):
            self._forget(sid)
            return None
        bridge, ear = self._bridges.get(sid), self._ears.get(event)
        if bridge is None or ear is None:
            return {"error": f"unknown message {event!r}; known: {', '.join(self._ears)}"}
        body = args[1] if len(args) > 1 else None
        self._spoken_at = self._clock.monotonic()
        try:
            check_value(body)
            return await ear(bridge, body)
        except ValidationError as error:
            reason = explain(error)
        except BadPayload as error:
            reason = error.reason
        except StoreUnavailable as error:
            reason = str(error)
        log.warning("refused a message of a bridge bridge_id=%s message=%s reason=%s", bridge.bridge_id, event, reason)
        return {"error": reason}

    async def _ask(self, name: str, body: BaseModel) -> Any:
        """The newest bridge's answer; None when it gave none in time or went away meanwhile."""
        if not self._bridges:
            raise NoBridge
        bridge = self._newest()
        timeout_s = COMMAND_TIMEOUT_S + ANSWER_MARGIN_S
        call = asyncio.create_task(self.call(name, body.model_dump(mode="json"), to=bridge.sid, timeout=timeout_s))
        gone = asyncio.create_task(bridge.gone.wait())
        try:
            await asyncio.wait([call, gone], return_when=asyncio.FIRST_COMPLETED)
            if not call.done():
                raise NoBridge("the bridge went away before it answered; whether the device got the command is not known")
            return call.result()
        except socketio.exceptions.TimeoutError:
            return None
        finally:
            call.cancel()
            gone.cancel()

    async def _hello(self, bridge: _Bridge, body: Any) -> dict[str, Any]:
        hello = BridgeHello.model_validate(body)
        bridge.bridge_id = hello.bridge_id
        log.info("bridge connected bridge_id=%s version=%s", hello.bridge_id, hello.version)
        self.on_hello()
        return {}

    async def _heartbeat(self, _bridge: _Bridge, body: Any) -> dict[str, Any]:
        message = DeviceMessage.model_validate(body)
        heartbeat = Heartbeat.model_validate(message.body)
        answer = await self._devices.take_heartbeat(message.device_id, heartbeat)
        return answer.model_dump(mode="json")

    async def _status(self, _bridge: _Bridge, body: Any) -> dict[str, Any]:
        message = DeviceMessage.model_validate(body)
        if message.body:
            self._devices.take_status(message.device_id, DeviceStatus.model_validate(message.body), retained=message.retained)
        else:
            self._devices.forget_status(message.device_id)
        return {}

    async def _state(self, _bridge: _Bridge, body: Any) -> dict[str, Any]:
        message = DeviceMessage.model_validate(body)
        if message.part is None or not is_name(message.part):
            raise BadPayload("a state needs the name of its part")
        if message.part == MEDIA:
            raise BadPayload("the token of a device's media is the bridge's alone")
        self._devices.take_state(message.device_id, message.part, message.body, retained=message.retained)
        return {}

    async def _mode_seen(self, _bridge: _Bridge, body: Any) -> dict[str, Any]:
        await self._mode.take_reported(ModeRecord.model_validate(body))
        return {}

    async def _health(self, bridge: _Bridge, body: Any) -> dict[str, Any]:
        bridge.health = BridgeHealth.model_validate(body)
        return {}

    def _newest(self) -> _Bridge:
        return self._bridges[next(reversed(self._bridges))]

    def _forget(self, sid: str) -> None:
        self._guests.let_go(sid)
        bridge = self._bridges.pop(sid, None)
        if bridge is not None:
            bridge.gone.set()
            log.info("bridge gone bridge_id=%s", bridge.bridge_id)


def _newer_mode(answer: Any) -> ModeRecord | None:
    """The record of a bridge that says we are behind; None for any other answer, and for one that makes no sense."""
    if not isinstance(answer, dict) or answer.get("status") != "behind":
        return None
    try:
        return ModeRecord.model_validate(answer.get("record"))
    except ValidationError:
        return None
