"""Commands to this device: read, judged, remembered, then done, and answered. Nothing that arrives here can raise."""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from vigie.agent.arrivals import Arrivals, Arrived
from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.heartbeat import Pulse
from vigie.protocol import topics
from vigie.protocol.codec import JsonObject, decode_object, encode_object
from vigie.protocol.commands import COMMANDS, MAX_BEATS_BEHIND, Command, Envelope, ResultStatus, parse_command
from vigie.protocol.errors import BadCommand, BadPayload, BadTopic

log = logging.getLogger(__name__)

_MISSING = {"servo": "no servo on this device", "siren": "no siren on this device"}
_NO_CAMERA = "no camera on this device"


class Part(Protocol):
    """A part of the device that obeys one command."""

    def prepare(self, command: Command) -> tuple[JsonObject, Callable[[], None]]:
        """The further keys of the result, and the deed. Raises `BadCommand`."""
        ...


class Commands:
    """Obeys commands one after the other. A command with a `command_id` is committed before it is done: at most once."""

    def __init__(self, device_id: str, parts: Mapping[str, Part], event_log: EventLog, pulse: Pulse, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._device_id = device_id
        self._parts = parts
        self._log = event_log
        self._pulse = pulse

    async def obey(self, arrived: Arrived) -> tuple[str, bytes] | None:
        """Does what a message on `commands/{device}/…` asks. Returns topic and payload of the result; None if it is not for us."""
        message = arrived.message
        try:
            topic = topics.parse(message.topic)
        except BadTopic as error:
            log.warning("command ignored: %s", error)
            return None
        if not isinstance(topic, topics.DeviceTopic) or topic.device_id != self._device_id or topic.part is None:
            return None
        if message.retain and not message.payload:
            return None  # how one takes a retained message away again
        body: JsonObject = {}
        try:
            body = decode_object(message.payload)
            result = await self._decide(topic.part, body, arrived)
        except BadPayload as error:
            result = _answer(ResultStatus.REJECTED, reason=error.reason)
        except BadCommand as error:
            result = _answer(ResultStatus.REJECTED, reason=error.reason)
        command_id = body.get("command_id")
        if isinstance(command_id, str) and 0 < len(command_id) <= 64:
            result = {"command_id": command_id, **result}
        log.info("command=%s status=%s reason=%s", topic.part, result["status"], result.get("reason", ""))
        return topics.result(self._device_id, topic.part), encode_object(result)

    async def _decide(self, name: str, body: JsonObject, arrived: Arrived) -> JsonObject:
        command, envelope = parse_command(name, body)
        if arrived.message.retain:
            raise BadCommand(
                name, "a retained command is refused: it would come again after every restart; publish it without retain"
            )
        if envelope.command_id is not None and (answer := self._log.saved.commands.get(envelope.command_id)) is not None:
            return answer
        if stale := self._why_stale(envelope, arrived):
            return _answer(ResultStatus.EXPIRED, reason=stale)
        further, act = self._part(name).prepare(command)
        result = _answer(ResultStatus.DONE, **further)
        if envelope.command_id is not None:
            await self._remember(envelope.command_id, result)
            if stale := self._why_stale(envelope, arrived):  # a disk that hung must not move anything a minute later
                result = _answer(ResultStatus.EXPIRED, reason=stale)
                self._log.saved.put_command(envelope.command_id, result)
                return result
        act()
        return result

    def _why_stale(self, envelope: Envelope, arrived: Arrived) -> str | None:
        """Freshness that needs no clock: the sender says which heartbeat it last saw."""
        if envelope.boot_id is not None and envelope.boot_id != self._pulse.boot_id:
            return "the command is of before this device's last restart"
        if envelope.beat is None:
            return self._arrivals.why_stale(arrived)
        behind = self._pulse.beat - envelope.beat
        if behind < 0:
            return f"beat {envelope.beat} is ahead of this device's {self._pulse.beat}"
        return f"sent {behind} beats ago, the limit is {MAX_BEATS_BEHIND}" if behind > MAX_BEATS_BEHIND else None

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            raise BadCommand(name, _MISSING.get(name, _NO_CAMERA if name in COMMANDS else f"unknown command {name!r}"))
        return self._parts[name]

    async def _remember(self, command_id: str, result: JsonObject) -> None:
        try:
            await self._log.put_command(command_id, result)
        except LogUnavailable as error:  # a full disk must not take the servo away; a repeat is still known until a restart
            log.warning("command %s is not on disk: %s", command_id, error)


def _answer(status: ResultStatus, **keys: object) -> JsonObject:
    return {"status": status.value, **keys}
