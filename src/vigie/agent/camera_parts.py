"""The camera's parts, put together."""

from collections.abc import Callable

from vigie.agent.camera import ARGV, Camera
from vigie.agent.camera_commands import RecordPart, SnapshotPart
from vigie.agent.camera_settings import CameraSettings
from vigie.agent.commands import Part
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.lens import Lens
from vigie.agent.servo import Servo
from vigie.agent.settings import AgentSettings
from vigie.agent.states import StateBoard
from vigie.domain.alarm_model import AlarmState
from vigie.runtime.clock import Clock


def make_lens(
    settings: CameraSettings,
    agent: AgentSettings,
    *,
    servo: Servo | None,
    event_log: EventLog,
    drafts: Drafts,
    wall: WallClock,
    clock: Clock,
    faults: Faults,
    board: StateBoard,
    alarm: Callable[[], AlarmState],
) -> tuple[Lens, dict[str, Part]]:
    """The lens with its camera, and who obeys its commands."""
    camera = Camera(
        settings,
        device_id=agent.device_id,
        folder=agent.folder,
        broker=agent.broker,
        event_log=event_log,
        drafts=drafts,
        wall=wall,
        clock=clock,
        faults=faults,
        board=board,
        log_level=agent.log_level,
        argv=ARGV,
    )
    commands: dict[str, Part] = {"record": RecordPart(camera, settings.max_clip_s), "snapshot": SnapshotPart(camera)}
    return Lens(settings, camera, servo, event_log=event_log, clock=clock, alarm=alarm), commands
