"""The alarm of the whole site for pages and scripts: `domain.guard` over what the devices said, told when it changes."""

import asyncio

from vigie.domain import guard
from vigie.runtime.clock import Clock, wait_for_event
from vigie.server.api.alarm_schemas import DeviceAlarm, SiteAlarm, SiteZone
from vigie.server.api.schemas import Trouble
from vigie.server.bridges import Bridges
from vigie.server.devices import Devices
from vigie.server.known import Agent
from vigie.server.live import LiveNews
from vigie.server.mode import SiteMode

LOOK_INTERVAL_S = 1.0


class AlarmWatch:
    """Answers `GET /api/alarm`, and emits `guard` at once when a device says something of its alarm, else within a second."""

    def __init__(self, devices: Devices, bridges: Bridges, mode: SiteMode, live: LiveNews, clock: Clock) -> None:
        self._devices = devices
        self._bridges = bridges
        self._mode = mode
        self._live = live
        self._clock = clock
        self._news = asyncio.Event()
        devices.on_alarm_news = self._news.set

    def alarm(self) -> SiteAlarm:
        """The alarm of the site now."""
        link, mode = self._bridges.link, self._mode.state
        seen = guard.Site(
            mode=mode.mode if mode.known else None,
            has_bridge=link.has_bridge,
            has_broker=link.has_broker if self._bridges.reports else None,
            said=tuple(_said(agent) for agent in self._devices.agents()),
        )
        return _shown(guard.site_alarm(seen, guard.Now(self._clock.now(), self._clock.monotonic())))

    async def watch_for_ever(self) -> None:
        """Tells the browsers of each change; a countdown that goes on is none."""
        told = _without_countdown(self.alarm())
        while True:
            await wait_for_event(self._news, LOOK_INTERVAL_S, self._clock)
            self._news.clear()
            alarm = self.alarm()
            if (lasting := _without_countdown(alarm)) != told:
                told = lasting
                self._live.tell("guard", alarm)


def _said(agent: Agent) -> guard.Said:
    return guard.Said(device_id=agent.device_id, condition=agent.state, alarm=agent.alarm, at=agent.alarm_at, faults=agent.faults)


def _shown(alarm: guard.SiteAlarm) -> SiteAlarm:
    return SiteAlarm(
        state=alarm.state,
        mode=alarm.mode,
        watching=alarm.watching,
        until=alarm.until,
        remaining_s=alarm.remaining_s,
        devices=[DeviceAlarm.model_validate(device) for device in alarm.devices],
        zones=[SiteZone(device_id=zone.device_id, **zone.zone.model_dump()) for zone in alarm.zones],
        open={mode: list(names) for mode, names in alarm.open.items()},
        unknown=[Trouble(code=doubt.code, detail=doubt.detail) for doubt in alarm.doubts],
    )


def _without_countdown(alarm: SiteAlarm) -> SiteAlarm:
    devices = [device.model_copy(update={"remaining_s": None}) for device in alarm.devices]
    return alarm.model_copy(update={"remaining_s": None, "devices": devices})
