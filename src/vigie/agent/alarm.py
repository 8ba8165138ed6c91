"""The alarm of this Pi at work: messages into `domain.alarm`, its state onto the disk, then its effects onto the parts.

Everything is on the event loop. A step is made at once; what it asks for is done by `run`, in order, after the event that
led to it has been accepted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel

from vigie.agent.deeds import Deeds
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.log_file import Draft
from vigie.domain import alarm
from vigie.domain.alarm_memory import Moment, recall, write_down
from vigie.domain.alarm_model import (
    AlarmConfig,
    AlarmState,
    Cause,
    Confirming,
    Effect,
    Found,
    Message,
    ModeSet,
    Opened,
    PeerPending,
    SoundSiren,
    Tell,
    Tick,
)
from vigie.domain.mode import written_at
from vigie.domain.rules import Happening, Rule, effects_of, siren_for_others
from vigie.protocol.alarm import ALARM, AlarmChange, Decision, Outcome, Stage
from vigie.protocol.codec import JsonObject
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Mode, ModeRecord
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock, wait_for_event

log = logging.getLogger(__name__)

VALUE_NAME = "alarm"
DISK_WAIT_S = 0.05
"""Effects follow the commit of the state, but wait no longer than this for it: a slow card must not silence a siren."""
_IDLE_S = 3600.0


class Alarm:
    """`on_change` hears of each new state."""

    def __init__(
        self,
        device_id: str,
        config: AlarmConfig,
        *,
        log: EventLog,
        drafts: Drafts,
        wall: WallClock,
        clock: Clock,
        faults: Faults,
        boot_id: str,
        deeds: Deeds,
        rules: Sequence[Rule] = (),
        sounds_for_others: bool = True,
    ) -> None:
        """Takes up the state that the log has kept."""
        self._device_id = device_id
        self.config = config
        self._log = log
        self._drafts = drafts
        self._wall = wall
        self._clock = clock
        self._faults = faults
        self._boot_id = boot_id
        self._deeds = deeds
        self._rules = rules
        self._sounds_for_others = sounds_for_others
        self._todo: deque[tuple[Effect, ...]] = deque()
        self._untold: list[AlarmChange] = []
        self._wake = asyncio.Event()
        self.on_change: Callable[[], None] = lambda: None
        self.state = _recalled(log.saved.values.get(VALUE_NAME), self._moment())
        self._kept: tuple[object, ...] = ()
        self._is_committed = True

    @property
    def mode_record(self) -> ModeRecord:
        """The mode as the alarm's own state remembers it, with the bypass of this Pi."""
        state = self.state
        bypass = tuple(sorted(f"{self._device_id}/{sensor}" for sensor in state.bypass))
        return ModeRecord(mode=state.mode, stamp=state.stamp, bypass=bypass)

    def resume(self, record: ModeRecord) -> None:
        """After a start, before anything else: what the mode's record on disk and the time since make of the state that was kept.
        An alarm that was interrupted goes on being loud.
        """
        now = self._clock.monotonic()
        stepped = alarm.resume(self.state, self._mode_set(record), now, self.config)
        self.state = stepped.state
        self.do(stepped.effects)
        if (left_s := alarm.siren_left_s(self.state, now, self.config)) > 0:
            self.do((SoundSiren(left_s),))
        self._queue(())  # whatever there is to do: deadlines are kept anew, by the clock of this boot

    def set_mode(self, record: ModeRecord, is_live: bool) -> None:
        """The site's mode, as this Pi now knows it; `is_live`: it has just been said, perhaps again."""
        self.take(self._mode_set(record, is_live=is_live))

    def opened(self, cause: Cause) -> JsonObject | None:
        """A detection whose event is about to go through `accept`: what becomes of it, for its details; None where it is of no
        zone.
        """
        self.accept()  # what was decided before is told before
        decision = self.take(Opened(cause))
        self.happened(Happening(device_id=self._device_id, sensor=cause.zone, event_id=cause.event_id))
        return None if decision is None else _json(self._as_done(decision))

    def found(self, sensor: str, *, is_open: bool) -> JsonObject | None:
        """The first reading of a line after a start; the decision is for an event that tells of it, should there be one."""
        self.take(Found(sensor, is_open))
        if sensor not in self.config.zones:
            return None
        mode, stage = self.state.mode, self.state.stage
        return _json(Decision(outcome=Outcome.FOUND_OPEN, zone=sensor, mode=mode, state=stage))

    def happened(self, happening: Happening) -> None:
        """Something that rules, confirmations and the siren for others go by: on this Pi, or fresh from another one."""
        state = self.state
        self.do(effects_of(happening, self._rules, state.mode if state.stage in alarm.GUARDING else Mode.ACTIVE))
        if happening.sensor != ALARM:
            self.take(Confirming(f"{happening.device_id}/{happening.sensor}"))
            return
        if happening.device_id == self._device_id:
            return
        if happening.stage in {Stage.PENDING, Stage.TRIGGERED}:
            self.take(PeerPending(happening.remaining_s if happening.stage is Stage.PENDING else 0.0))
        if self._sounds_for_others:
            self.do(siren_for_others(happening, state.mode, self.config.alarm_s))

    def accept(self, *events: Draft) -> None:
        """Accepts events in one transaction with what the alarm has to tell and its state: none of it is ever there without the
        rest. Killed between two, the history would tell of an alarm that is never loud again.
        """
        told = [(change, self._draft(change)) for change in self._untold]
        self._untold = []
        values = self._to_keep()
        if events or told or values:
            self._log.accept(*events, *(draft for _, draft in told), values=values)
        for change, draft in told:
            event_id, zone = change.cause or draft.id, change.zone or ""
            self.happened(
                Happening(
                    device_id=self._device_id, sensor=ALARM, stage=change.state, mode=change.mode, event_id=event_id, zone=zone
                )
            )

    def take(self, message: Message) -> Decision | None:
        """One step of the state machine."""
        stepped = alarm.step(self.state, message, self._clock.monotonic(), self.config)
        is_changed = stepped.state is not self.state
        self.state = stepped.state
        if is_changed or stepped.effects:
            self._queue(stepped.effects)
        return stepped.decision

    def do(self, effects: tuple[Effect, ...]) -> None:
        """Effects that a rule asks for."""
        if effects:
            self._queue(effects)

    def _queue(self, effects: tuple[Effect, ...]) -> None:
        self.state = alarm.with_siren(self.state, effects, self._clock.monotonic())
        self._untold += [effect.change for effect in effects if isinstance(effect, Tell)]
        self._todo.append(tuple(effect for effect in effects if not isinstance(effect, Tell)))
        self._wake.set()

    async def run(self) -> None:
        """Carries out what steps ask for, and steps when a deadline is due, for ever."""
        while True:
            while self._todo:
                effects = list(self._todo)
                self._todo.clear()
                await self._carry_out([effect for some in effects for effect in some])
            self._wake.clear()
            deadline = alarm.next_deadline(self.state)
            if deadline is None or deadline > self._clock.monotonic():
                wait_s = _IDLE_S if deadline is None else deadline - self._clock.monotonic()
                await wait_for_event(self._wake, wait_s, self._clock)
            self.take(Tick())

    async def _carry_out(self, deeds: Iterable[Effect]) -> None:
        self.accept()
        if not self._is_committed:
            self._is_committed = True
            await self._commit()
        for deed in deeds:
            self._do_deed(deed)
        self._report_open_zones()
        self.on_change()

    def _do_deed(self, deed: Effect) -> None:
        """One lame part must not keep the others from acting, nor the alarm from going on."""
        try:
            self._deeds.do(deed)
        except Exception:  # whatever a pin library raises: those of lgpio have no root of their own
            log.exception("not done: %s", deed)
            self._faults.report("part_failed", f"what the alarm asked for could not be done: {deed}")

    def _to_keep(self) -> dict[str, str]:
        """The state, where the log has another one."""
        if (essence := _essence(self.state)) == self._kept:
            return {}
        self._kept, self._is_committed = essence, False
        return {VALUE_NAME: write_down(self.state, self._moment())}

    def _draft(self, change: AlarmChange) -> Draft:
        if change.decision is not None:
            change = change.model_copy(update={"decision": self._as_done(change.decision)})
        log.info("alarm=%s was=%s reason=%s zone=%s", change.state, change.previous, change.reason, change.zone or "")
        return self._drafts.make(ALARM, _json(change))

    async def _commit(self) -> None:
        """State before effects, but never for longer than `DISK_WAIT_S`."""
        committing = asyncio.ensure_future(self._try_to_commit())
        waiting = asyncio.ensure_future(self._clock.sleep(DISK_WAIT_S))
        try:
            await asyncio.wait((committing, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()  # the commit goes on by itself

    async def _try_to_commit(self) -> None:
        try:
            await self._log.commit()
        except LogUnavailable as error:
            log.warning("the alarm's state is not on disk: %s", error)

    def _as_done(self, decision: Decision) -> Decision:
        """With what this Pi cannot do said so."""
        effects = tuple(effect | self._deeds.why_not(effect) for effect in decision.effects)
        return decision.model_copy(update={"effects": effects})

    def _report_open_zones(self) -> None:
        present = set(alarm.open_zones(self.state, self.config))
        for sensor in self.config.zones:
            name = f"open_zone:{sensor}"
            if sensor in present:
                self._faults.report(name, "it was active when the alarm was armed or started: it guards from when it has closed")
            else:
                self._faults.clear(name)

    def _mode_set(self, record: ModeRecord, *, is_live: bool = False) -> ModeSet:
        own = f"{self._device_id}/"
        return ModeSet(
            mode=record.mode,
            stamp=record.stamp,
            bypass=frozenset(name.removeprefix(own) for name in record.bypass if name.startswith(own)),
            changed_by=record.changed_by,
            changed_from=record.changed_from,
            age_s=self._age_s(record, is_live=is_live),
        )

    def _age_s(self, record: ModeRecord, *, is_live: bool) -> float:
        """How old it is. What is heard live was written just now, by a clock that may be wrong by any time; or long ago, and it is
        put back: then an exit delay too many is run.
        """
        at = written_at(record)
        if is_live or at is None or self._wall.quality() is ClockQuality.UNSYNCED:
            return 0.0
        return max(0.0, (self._clock.now() - at).total_seconds())

    def _moment(self) -> Moment:
        is_known = self._wall.quality() is not ClockQuality.UNSYNCED
        wall_ms = to_unix_ms(self._clock.now()) if is_known else None
        return Moment(self._boot_id, self._clock.monotonic(), wall_ms)


def _json(model: BaseModel) -> JsonObject:
    return model.model_dump(mode="json", exclude_defaults=True)


def _recalled(saved: str | None, now: Moment) -> AlarmState:
    if saved is not None:
        try:
            return recall(saved, now)
        except ValueError as error:  # of another version: the mode's record says what to guard
            log.warning("the alarm's state on disk cannot be read: %s", error)
    return AlarmState(since=now.monotonic_s)


def _essence(state: AlarmState) -> tuple[object, ...]:
    """What must be on disk: all but the filters, and what is open just now."""
    must_close = frozenset(sensor for sensor, status in state.zones.items() if status.must_close)
    return (state.stage, state.mode, state.stamp, state.bypass, state.deadline, state.cause, state.siren_until, must_close)
