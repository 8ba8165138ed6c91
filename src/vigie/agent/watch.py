"""From a change on a line to an accepted event and a published state."""

from vigie.agent.alarm import Alarm
from vigie.agent.drafts import Drafts
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.inputs import Input
from vigie.agent.log_file import LoggedEvent
from vigie.agent.states import StateBoard
from vigie.domain.alarm_model import Cause, Closed
from vigie.domain.debounce import Change
from vigie.protocol.alarm import DECISION
from vigie.protocol.codec import JsonObject
from vigie.protocol.events import event_type
from vigie.runtime.clock import Clock


class Watch:
    """Decides which changes are events. `last_events`: the newest logged event of each sensor, from before this start."""

    def __init__(
        self,
        clock: Clock,
        wall: WallClock,
        board: StateBoard,
        *,
        faults: Faults,
        boot_id: str,
        drafts: Drafts,
        alarm: Alarm,
        last_events: dict[str, LoggedEvent],
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._board = board
        self._faults = faults
        self._boot_id = boot_id
        self._drafts = drafts
        self._alarm = alarm
        self._last_events = last_events
        self._started_at = clock.monotonic()

    def changed(self, item: Input, change: Change, lasted_s: float | None) -> None:
        """Takes a debounced change. The first reading (`lasted_s` is None) is an event only where the log proves a change."""
        self.publish_state(item)
        name = item.sensor.name
        if lasted_s is None:
            self._found_at_start(item, change, self._alarm.found(name, is_open=change.level))
        elif self._warms_up(item):
            self._alarm.found(name, is_open=change.level)
        elif change.level:
            self._detected(item, change)
        else:
            self._alarm.take(Closed(name))
            self._accept(item, change, item.sensor.event_body(False, round(lasted_s * 1000)))

    def publish_state(self, item: Input) -> None:
        """Puts the sensor's present level, and what is wrong with it, on its retained state."""
        fault = next((name for name in self._faults.names() if name.endswith(f":{item.sensor.name}")), None)
        since = self._wall.at(item.changed_at)
        self._board.put(item.sensor.name, item.sensor.state(item.level, since, fault))

    def _warms_up(self, item: Input) -> bool:
        return self._clock.monotonic() - self._started_at < item.sensor.warm_up_s

    def _found_at_start(self, item: Input, change: Change, decision: JsonObject | None) -> None:
        """The level at start against the last one logged. After a power cut an active level opens nothing: the sensor
        itself has just been switched on. Within one boot it did change while nobody looked, and that is an event.
        """
        last = self._last_events.get(item.sensor.name)
        if last is None:
            return
        was_active = last.draft.type == event_type(item.sensor.name, {"state": item.sensor.kind.active}, item.sensor.kind.name)
        was_active = was_active and last.draft.body.get("state") == item.sensor.kind.active
        if was_active == change.level:
            return
        if not change.level or last.draft.boot_id == self._boot_id:
            body = item.sensor.event_body(change.level, 0 if change.level else None) | {"found_at_start": True}
            self._accept(item, change, body, decision if change.level else None)

    def _detected(self, item: Input, change: Change) -> None:
        body = item.sensor.event_body(True, 0)
        id_ = self._drafts.new_id()
        cause = Cause(
            zone=item.sensor.name,
            event_id=id_,
            event_type=event_type(item.sensor.name, body, item.sensor.kind.name),
            location=item.sensor.settings.location,
        )
        self._accept(item, change, body, self._alarm.opened(cause), id_)

    def _accept(
        self, item: Input, change: Change, body: JsonObject, decision: JsonObject | None = None, id_: str | None = None
    ) -> None:
        sensor = item.sensor
        if decision is not None:
            body = {**body, DECISION: decision}
        type_ = event_type(sensor.name, body, sensor.kind.name)
        self._alarm.accept(self._drafts.make(sensor.name, body, type_=type_, kind=sensor.meta_kind, at=change.at, id_=id_))
