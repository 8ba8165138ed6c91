"""What this Pi finds wrong around it: its clock, its disk, its supply, its broker, the other Pis. And when troubles begin and
end, as events of their own: whatever is a fault of this device is told so.
"""

import asyncio
import json
import logging
from collections.abc import Callable, KeysView, Mapping

from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import Machine, WallClock
from vigie.domain.troubles import Told, compare
from vigie.protocol.alarm import TROUBLE
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import LOW_DISK_BYTES, SILENT_AFTER_S
from vigie.runtime.clock import Clock, wait_for_event

log = logging.getLogger(__name__)

VALUE_NAME = "troubles"
LOOK_EVERY_S = 1.0
UNSYNCED_AFTER_S = 120.0
"""A Pi that has just booted has no time yet; that alone is no trouble."""
BROKER_LOST_AFTER_S = 30.0
RETIRED_AFTER_S = 3600.0


class Supervision:
    """Looks each second. `is_guarding`: whether the site is guarded; `peers_heard_at`: the others' last heartbeats, monotonic."""

    def __init__(
        self,
        faults: Faults,
        machine: Machine,
        wall: WallClock,
        clock: Clock,
        *,
        is_guarding: Callable[[], bool],
        peers_heard_at: Mapping[str, float],
    ) -> None:
        self._faults = faults
        self._machine = machine
        self._wall = wall
        self._clock = clock
        self._is_guarding = is_guarding
        self._peers_heard_at = peers_heard_at
        self._started_at = clock.monotonic()
        self._link_changed_at = clock.monotonic()
        self._is_linked = False
        self._missed: set[str] = set()
        self._retired: set[str] = set()

    def linked(self, is_linked: bool) -> None:
        """The connection to the broker is up, or gone."""
        self._is_linked = is_linked
        self._link_changed_at = self._clock.monotonic()

    async def run(self) -> None:
        """For ever."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Once."""
        now = self._clock.monotonic()
        unsynced = self._wall.quality() is ClockQuality.UNSYNCED and now - self._started_at > UNSYNCED_AFTER_S
        self._set("clock_unsynced", unsynced, "the clock has not been set since the start: is there an NTP server on the network?")
        free = self._machine.disk_free_bytes()
        enough = LOW_DISK_BYTES * (1.25 if "disk_low" in self._faults else 1.0)  # so that it does not come and go with each event
        low = free is not None and free < enough
        self._set("disk_low", low, f"less than {LOW_DISK_BYTES // 1_000_000} MB are free on the card")
        what = "the supply sags or the processor is hot: check the power supply and what hangs on it"
        self._set("under_voltage", bool(self._machine.throttled()), what)
        is_guarding = self._is_guarding()
        since_s = now - self._link_changed_at
        is_lost = is_guarding and not self._is_linked and since_s > BROKER_LOST_AFTER_S
        self._set("broker_lost", is_lost, "no broker while the site is guarded: this Pi is alone")
        self._look_for_peers(now, may_judge=is_guarding and self._is_linked and since_s > SILENT_AFTER_S)

    def _look_for_peers(self, now: float, *, may_judge: bool) -> None:
        """A silence begins only while we could hear them; it is over when they are heard, or when the site is disarmed. One that
        has long been silent when the site is armed is not missed any more: it was taken away.
        """
        silent = {device for device, heard_at in self._peers_heard_at.items() if now - heard_at > SILENT_AFTER_S}
        self._retired &= silent  # who is heard again counts again
        if not self._is_guarding():
            self._retired |= {device for device in silent if now - self._peers_heard_at[device] > RETIRED_AFTER_S}
        silent -= self._retired
        if may_judge:
            self._missed |= silent
        self._missed = self._missed & silent if self._is_guarding() else set()
        names = {f"peer_silent:{device}" for device in self._missed}
        for name in names:
            self._faults.report(name, f"no heartbeat for {SILENT_AFTER_S:g} s while the site is guarded")
        for name in self._faults.names():
            if name.startswith("peer_silent:") and name not in names:
                self._faults.clear(name)

    def _set(self, name: str, is_present: bool, what: str) -> None:
        if is_present:
            self._faults.report(name, what)
        else:
            self._faults.clear(name)


class TroubleTeller:
    """Events `trouble`: of each fault its begin, and its end also when a restart lies between."""

    def __init__(self, faults: Faults, event_log: EventLog, drafts: Drafts, clock: Clock) -> None:
        self._faults = faults
        self._log = event_log
        self._drafts = drafts
        self._clock = clock
        self._wake = asyncio.Event()
        self._told = _recalled(event_log.saved.values.get(VALUE_NAME))

    @property
    def told(self) -> KeysView[str]:
        """The names of the troubles whose begin has been told, and no end."""
        return self._told.keys()

    def faults_changed(self) -> None:
        """Something began or ended."""
        self._wake.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._wake.clear()
            self._compare()
            await wait_for_event(self._wake, LOOK_EVERY_S, self._clock)

    def _compare(self) -> None:
        before = self._told
        self._told, changes = compare(before, self._faults.present, self._clock.monotonic())
        drafts = [self._drafts.make(TROUBLE, change.model_dump(mode="json", exclude_none=True)) for change in changes]
        told = json.dumps({name: told.detail for name, told in self._told.items()})
        self._log.accept(*drafts, values={VALUE_NAME: told} if self._told.keys() != before.keys() else {})


def _recalled(saved: str | None) -> dict[str, Told]:
    try:
        names = json.loads(saved or "{}")
        return {str(name): Told(detail=str(detail), began_at=None) for name, detail in names.items()}
    except (ValueError, AttributeError) as error:
        log.warning("the troubles on disk cannot be read: %s", error)
        return {}
