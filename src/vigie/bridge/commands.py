"""A command from the server to a device, and the device's answer back. Fresh or not at all: nothing waits in a queue."""

import asyncio
import logging
from typing import Any

from pydantic import ValidationError

from vigie.bridge.broker import Broker
from vigie.bridge.presence import Presence
from vigie.protocol import topics
from vigie.protocol.codec import decode_object, encode_object
from vigie.protocol.commands import CommandResult
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import SILENT_AFTER_S
from vigie.protocol.topics import Topic
from vigie.protocol.uplink import COMMAND_TIMEOUT_S, CommandAnswer, CommandRequest
from vigie.runtime.mqtt import BrokerError, Message, PublishTimeout

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = COMMAND_TIMEOUT_S - 0.2
"""Less than the server waits, so that its caller hears our reason instead of a bare time-out."""


class CommandRelay:
    """Publishes commands with the freshness that the device checks, and matches results to them by `command_id`."""

    def __init__(self, broker: Broker, presence: Presence) -> None:
        self._broker = broker
        self._presence = presence
        self._waiting: dict[tuple[str, str, str], asyncio.Future[CommandResult]] = {}

    def on_message(self, topic: Topic, message: Message) -> None:
        """Takes a message on `results/`; one that nobody waits for is dropped. Raises `BadPayload`."""
        if not isinstance(topic, topics.DeviceTopic) or topic.part is None:
            return
        try:
            result = CommandResult.model_validate(decode_object(message.payload))
        except ValidationError as error:
            raise BadPayload(explain(error)) from error
        waiting = self._waiting.get((topic.device_id, topic.part, result.command_id or ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    async def on_request(self, data: Any) -> dict[str, Any]:
        """The Socket.IO handler of `command`."""
        try:
            request = CommandRequest.model_validate(data)
            if not topics.is_device_id(request.device_id) or not topics.is_name(request.command):
                return _answer("rejected", f"no such topic: {topics.command(request.device_id, request.command)}")
        except ValidationError as error:
            return _answer("rejected", explain(error))
        return await self._relay(request)

    async def _relay(self, request: CommandRequest) -> dict[str, Any]:
        if not self._broker.connected:
            return _answer("no_broker", "the bridge is not connected to the MQTT broker")
        heartbeat = self._presence.heartbeat(request.device_id)
        if heartbeat is None:
            return _answer("offline", f"no heartbeat of {request.device_id} in the last {SILENT_AFTER_S:.0f} s")
        freshness = {"command_id": request.command_id, "boot_id": heartbeat.boot_id, "beat": heartbeat.beat}
        try:
            payload = encode_object({**request.body, **freshness})
        except ValueError as error:
            return _answer("rejected", f"cannot be sent: {error}")
        key = (request.device_id, request.command, request.command_id)
        waiting = self._waiting.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                if not await self._broker.publish(topics.command(request.device_id, request.command), payload):
                    return _answer("offline", f"{request.device_id} is not connected to the MQTT broker")
                result = await asyncio.shield(waiting)
        except (TimeoutError, PublishTimeout):
            return _answer("timeout", f"no answer from {request.device_id} in {ANSWER_WITHIN_S:g} s")
        except BrokerError as error:
            return _answer("no_broker", str(error))
        finally:
            self._waiting.pop(key, None)
        body = result.model_dump(mode="json", exclude_none=True)
        return CommandAnswer(status=result.status.value, reason=result.reason, result=body).model_dump(mode="json")


def _answer(status: str, reason: str) -> dict[str, Any]:
    return CommandAnswer.model_validate({"status": status, "reason": reason}).model_dump(mode="json")
