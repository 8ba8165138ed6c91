"""Drafts of this device's events: what happened, with its moment and an id, before the log gives it a number."""

from vigie.agent.health import WallClock
from vigie.agent.log_file import Draft
from vigie.protocol.codec import JsonObject
from vigie.runtime.clock import Clock
from vigie.runtime.ids import boot_id, new_id


class Drafts:
    """Makes them. Any thread. `boot_id`: of this boot, given by tests."""

    def __init__(self, wall: WallClock, clock: Clock, own_boot_id: str | None = None) -> None:
        self._wall = wall
        self._clock = clock
        self._boot_id = own_boot_id or boot_id()

    def new_id(self) -> str:
        """For an event of now."""
        return new_id(self._clock.now())

    def make(
        self,
        sensor: str,
        body: JsonObject,
        *,
        type_: str | None = None,
        kind: str | None = None,
        at: float | None = None,
        id_: str | None = None,
    ) -> Draft:
        """Of something that happened at the monotonic moment `at` (none: now); its type is the sensor's name unless given."""
        monotonic_s = self._clock.monotonic() if at is None else at
        return Draft(
            id=id_ or self.new_id(),
            sensor=sensor,
            kind=kind,
            type=type_ or sensor,
            body=body,
            occurred_at=self._wall.at(monotonic_s),
            mono_ms=round(monotonic_s * 1000),
            boot_id=self._boot_id,
            clock=self._wall.quality(),
        )
