"""`/api/cameras/{id}/…`: commands to a device. Each waits for the device's own answer."""

from fastapi import APIRouter
from pydantic import BaseModel

from vigie.protocol.commands import Command, RecordCommand, ServoCommand, SirenCommand, SnapshotCommand
from vigie.protocol.uplink import CommandAnswer, CommandRequest
from vigie.runtime.ids import new_id
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Parts, Wired
from vigie.server.api.schemas import CommandDone
from vigie.server.errors import CommandRefused, CommandUnanswered, DeviceUnreachable, NoBridge

router = APIRouter(tags=["cameras"], responses=problems(400, 404, 409, 422, 503, 504))

# Command -> the capability that a device must announce for it.
PARTS = {"servo": "servo", "record": "camera", "siren": "siren", "snapshot": "camera"}


class CommandNews(BaseModel):
    """The Socket.IO news `command`: how a command ended."""

    command_id: str
    device_id: str
    command: str
    status: str
    reason: str | None = None
    result: dict[str, object] = {}


@router.post("/api/cameras/{device_id}/servo", operation_id="turn_servo", response_model_exclude_none=True)
async def turn_servo(parts: Wired, device_id: str, body: ServoCommand) -> CommandDone:
    """Turns the camera; `angle_deg` of the answer is where it goes."""
    return await _command(parts, device_id, "servo", body)


@router.post("/api/cameras/{device_id}/record", operation_id="record", response_model_exclude_none=True)
async def record(parts: Wired, device_id: str, body: RecordCommand) -> CommandDone:
    """Starts or stops a recording."""
    return await _command(parts, device_id, "record", body)


@router.post("/api/cameras/{device_id}/siren", operation_id="sound_siren", response_model_exclude_none=True)
async def sound_siren(parts: Wired, device_id: str, body: SirenCommand) -> CommandDone:
    """Sounds the siren, or stops it."""
    return await _command(parts, device_id, "siren", body)


@router.post("/api/cameras/{device_id}/snapshot", operation_id="take_snapshot", response_model_exclude_none=True)
async def take_snapshot(parts: Wired, device_id: str, body: SnapshotCommand | None = None) -> CommandDone:
    """Takes a still picture. With `reference` it is what is to be seen from the preset where the lens is."""
    return await _command(parts, device_id, "snapshot", body or SnapshotCommand())


async def _command(parts: Parts, device_id: str, name: str, body: Command) -> CommandDone:
    parts.devices.require_part(device_id, PARTS[name])
    if not parts.bridges.count:
        raise NoBridge
    parts.devices.require_online(device_id)
    request = CommandRequest(
        command_id=new_id(parts.clock.now()),
        device_id=device_id,
        command=name,
        body=body.model_dump(mode="json", exclude_defaults=True),
    )
    answer = await parts.bridges.send_command(request)
    parts.live.tell("command", _news(request, answer))
    return _done(request, answer)


def _news(request: CommandRequest, answer: CommandAnswer) -> CommandNews:
    return CommandNews(
        command_id=request.command_id,
        device_id=request.device_id,
        command=request.command,
        status=answer.status,
        reason=answer.reason,
        result=answer.result,
    )


def _done(request: CommandRequest, answer: CommandAnswer) -> CommandDone:
    """The device's answer where it did it, else the error that says how it ended."""
    match answer.status:
        case "done":
            return CommandDone.model_validate({**answer.result, "status": "done", "command_id": request.command_id})
        case "rejected":
            raise CommandRefused(request.device_id, request.command, answer.reason)
        case "offline":
            raise DeviceUnreachable(request.device_id, "offline")
        case "no_broker":
            raise NoBridge("the bridge has lost the MQTT broker; start the broker, the bridge comes back by itself")
        case "expired":
            raise CommandUnanswered(request.device_id, request.command, answer.reason or "it came too late and was not carried out")
        case "timeout":
            raise CommandUnanswered(request.device_id, request.command, answer.reason or "no answer in time")
