"""Commands to the camera: `record` and `snapshot`."""

from collections.abc import Callable

from vigie.agent.camera import Camera
from vigie.protocol.camera import Cause, CauseKind
from vigie.protocol.codec import JsonObject
from vigie.protocol.commands import Command, RecordCommand, SnapshotCommand
from vigie.protocol.errors import BadCommand

DEFAULT_DURATION_S = 30.0
_BY_HAND = Cause(kind=CauseKind.COMMAND)


class RecordPart:
    """`start` (30 s unless it says otherwise) and `stop`. What records for an alarm or a rule no command ends."""

    def __init__(self, camera: Camera, max_clip_s: float) -> None:
        self._camera = camera
        self._max_clip_s = max_clip_s

    def prepare(self, command: Command) -> tuple[JsonObject, Callable[[], None]]:
        """The answer (`clip_id`, and `duration_s` as it will be) and the deed. Raises `BadCommand`."""
        assert isinstance(command, RecordCommand)
        return self._stop() if command.action == "stop" else self._start(float(command.duration_s or DEFAULT_DURATION_S))

    def _start(self, wanted_s: float) -> tuple[JsonObject, Callable[[], None]]:
        if reason := self._camera.why_not():
            raise BadCommand("record", reason)
        going_on = self._camera.recording
        clip_id = self._camera.new_id() if going_on is None else going_on.clip_id
        duration_s = min(wanted_s, self._max_clip_s)
        return {"clip_id": clip_id, "duration_s": duration_s}, lambda: self._record(duration_s, clip_id)

    def _record(self, duration_s: float, clip_id: str) -> None:
        self._camera.record(duration_s, _BY_HAND, clip_id)

    def _stop(self) -> tuple[JsonObject, Callable[[], None]]:
        going_on = self._camera.recording
        if going_on is None:
            raise BadCommand("record", "nothing is being recorded")
        if going_on.cause.kind is not CauseKind.COMMAND:
            raise BadCommand("record", "it records for an alarm or a rule: it ends by itself")
        return {"clip_id": going_on.clip_id}, self._stop_unless_for_alarm

    def _stop_unless_for_alarm(self) -> None:
        """An alarm may have begun while the command was written down."""
        going_on = self._camera.recording
        if going_on is not None and going_on.cause.kind is CauseKind.COMMAND:
            self._camera.stop()


class SnapshotPart:
    """A still of now, which may be what is to be seen from where the lens is."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def prepare(self, command: Command) -> tuple[JsonObject, Callable[[], None]]:
        """The answer (`still_id`) and the deed. Raises `BadCommand`."""
        assert isinstance(command, SnapshotCommand)
        if reason := self._camera.why_not() or (self._camera.why_no_reference() if command.reference else ""):
            raise BadCommand("snapshot", reason)
        still_id = self._camera.new_id()
        return {"still_id": still_id}, lambda: self._take(still_id, command)

    def _take(self, still_id: str, command: SnapshotCommand) -> None:
        self._camera.still(_BY_HAND, still_id, is_reference=command.reference)
