"""Opens an alert for whoever is missing while the site is guarded: `domain.supervision` once a second, and what it asks for."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from vigie.domain import supervision
from vigie.domain.alarm_model import is_guarded
from vigie.domain.supervision import Absence, Seen
from vigie.protocol.states import Mode
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import Alert
from vigie.server.bridges import Bridges
from vigie.server.devices import Devices
from vigie.server.errors import StoreUnavailable
from vigie.server.live import LiveNews
from vigie.server.mode import SiteMode
from vigie.server.store.alerts import BRIDGE_SILENT, DEVICE_SILENT, AbsenceAlert, open_absence_alert
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 1.0
BRIDGE = "bridge"
"""What stands for the device in the alert of a bridge: a server that has just started knows no bridge by name."""


class Supervisor:
    """Looks who is there. An alert that cannot be written is tried again at each look."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock, *, devices: Devices, bridges: Bridges, mode: SiteMode) -> None:
        self._store = store
        self._devices = devices
        self._bridges = bridges
        self._mode = mode
        self._live = live
        self._clock = clock
        self._state = supervision.started(clock.monotonic())
        self._unwritten: list[AbsenceAlert] = []

    async def watch_for_ever(self) -> None:
        """One look a second, for ever."""
        while True:
            await self._clock.sleep(LOOK_INTERVAL_S)
            mode, agents = self._mode.state.mode, self._devices.agents()
            watched = tuple(supervision.Agent(agent.device_id, agent.heard_at) for agent in agents)
            seen = Seen(is_guarded(mode), self._bridges.link, watched)
            self._state, absences = supervision.step(self._state, seen, self._clock.monotonic())
            heard_on = {agent.device_id: agent.heard_on for agent in agents}
            self._unwritten += [self._alert(absence, heard_on, mode) for absence in absences]
            await self._write()

    def _alert(self, absence: Absence, heard_on: Mapping[str, datetime | None], mode: Mode) -> AbsenceAlert:
        """What was heard of a device came over a bridge: it is the newest sign of life of that one too."""
        now = self._clock.now()
        if absence.device_id is not None:
            proof = heard_on[absence.device_id]
            occurred_at = proof or now
        else:
            proof = max((at for at in heard_on.values() if at is not None), default=None)
            ago_s = 0.0 if absence.since is None else self._clock.monotonic() - absence.since
            lost_at = now - timedelta(seconds=ago_s)
            occurred_at = (proof or now) if absence.since is None else max(lost_at, proof or lost_at)
        return AbsenceAlert(
            type=BRIDGE_SILENT if absence.device_id is None else DEVICE_SILENT,
            device_id=absence.device_id or BRIDGE,
            mode=mode,
            occurred_at=occurred_at,
            opened_at=now,
            began_before=absence.since is None,
            last_proof=proof,
        )

    async def _write(self) -> None:
        waiting, self._unwritten = self._unwritten, []
        if not waiting:
            return

        def work(connection: Connection) -> list[Alert]:
            opened = [open_absence_alert(connection, absence) for absence in waiting]
            return [alert for alert in opened if alert is not None]

        try:
            alerts = await self._store.write(work)
        except StoreUnavailable as error:
            log.debug("alerts of absences were not written down, trying again reason=%s", error)
            self._unwritten = waiting
            return
        for alert in alerts:
            log.warning("not heard while the site is guarded type=%s device=%s", alert.type, alert.device_id)
            self._live.tell("alert", alert)
