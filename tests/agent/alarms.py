"""A real alarm for tests: on a real log, with whatever zones a test is about, and none otherwise."""

from vigie.agent.alarm import Alarm
from vigie.agent.deeds import Deeds
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.domain.alarm_model import AlarmConfig, Zone
from vigie.runtime.clock import Clock

DEVICE = "raspberry-01"


def make_alarm(
    log: EventLog,
    clock: Clock,
    faults: Faults,
    *zones: Zone,
    wall: WallClock | None = None,
    boot_id: str = "boot-1",
    deeds: Deeds | None = None,
    **config,
) -> Alarm:
    """Takes up what the log has kept. `config`: of `AlarmConfig`, e.g. `entry_delay_s`."""
    wall = wall or WallClock(clock, lambda: True)
    return Alarm(
        DEVICE,
        AlarmConfig(zones={zone.sensor: zone for zone in zones}, **config),
        log=log,
        drafts=Drafts(wall, clock, boot_id),
        wall=wall,
        clock=clock,
        faults=faults,
        boot_id=boot_id,
        deeds=deeds or Deeds(None, None),
    )
