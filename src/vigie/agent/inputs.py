"""The sensors' lines: kernel edges in, debounced changes out, and the checks that catch a line that lies.

Edges arrive in gpiozero's callback thread, which only stamps them and passes them to the event loop. Each second every
line is read again, so a lost edge heals. A line that storms loses its edges and is polled; see docs/design/inputs.md.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from gpiozero import DigitalInputDevice, Factory

from vigie.agent.faults import Faults
from vigie.agent.sensors import Sensor
from vigie.domain.debounce import Change, DebounceConfig, DebounceState, edge, next_deadline, read
from vigie.runtime.clock import Clock

RESYNC_S = 1.0
POLL_S = 0.2
MAX_EDGES_PER_S = 200
STORM_PAUSE_S = 30.0
# A floating line reads anything at 5 Hz: while it storms, only a level that holds for several readings counts.
_STORM_SETTLE_S = 1.0

# An edge that the line shows and that has not been heard of is on its way; after so long it is lost.
_EDGE_LOST_S = 0.1
# So long after an edge a contact rests, or has made another.
_AT_REST_S = 0.01
# Kernels before 5.7 stamp edges with the wall clock.
_STAMP_BELIEVED_S = 10.0

EdgeCallback = Callable[[bool, float], None]


class Line(Protocol):
    """One input as the agent uses it. True is active, whatever the polarity."""

    def read(self) -> bool: ...
    def attach(self) -> None: ...
    def detach(self) -> None: ...
    def close(self) -> None: ...


class _EdgeDevice(DigitalInputDevice):  # type: ignore[misc]  # gpiozero has no types
    ticks = 0.0
    """When the kernel saw the last edge, in seconds of the monotonic clock, where the factory says so."""

    def _pin_changed(self, ticks: float, state: float) -> None:
        self.ticks = ticks
        super()._pin_changed(ticks, state)

    def watch(self, on: bool) -> None:
        self.pin.when_changed = self._pin_changed if on else None
        if on:  # gpiozero compares with the last level that it was told, which may have changed while it was not
            self._pin_changed(self.pin_factory.ticks(), self.pin.state)


class GpioLine:
    """A pin by gpiozero. `on_edge` gets the level and the monotonic time, `on_storm` comes once when there are too many.

    Both run on the event loop. Never `MotionSensor` (it polls at 10 Hz) and never `bounce_time` (it drops real edges).
    """

    def __init__(self, sensor: Sensor, factory: Factory, clock: Clock, on_edge: EdgeCallback, on_storm: Callable[[], None]) -> None:
        self._clock = clock
        self._on_edge = on_edge
        self._on_storm = on_storm
        self._loop = asyncio.get_running_loop()
        self._is_stamped = getattr(factory, "stamps_edges", False)
        self._second = 0.0
        self._edges = 0
        pull = sensor.pull
        # gpiozero takes the pull's opposite for active; with a normally closed contact that is the wrong way round.
        self._inverted = pull != "none" and (pull == "down") != sensor.active_high
        self._device = _EdgeDevice(
            sensor.settings.pin,
            pull_up={"up": True, "down": False, "none": None}[pull],
            active_state=sensor.active_high if pull == "none" else None,
            pin_factory=factory,
        )
        self._device.when_activated = self._activated
        self._device.when_deactivated = self._deactivated

    def read(self) -> bool:
        return bool(self._device.is_active) != self._inverted

    def attach(self) -> None:
        self._edges = 0
        self._device.watch(True)

    def detach(self) -> None:
        self._device.watch(False)

    def close(self) -> None:
        self._device.close()

    # In the callback thread. An exception here would end lgpio's only thread, and with it every input.

    def _activated(self) -> None:
        self._edge(not self._inverted)

    def _deactivated(self) -> None:
        self._edge(self._inverted)

    def _edge(self, level: bool) -> None:
        at = self._clock.monotonic()
        if self._is_stamped and 0 <= at - self._device.ticks < _STAMP_BELIEVED_S:
            at = self._device.ticks
        if at - self._second >= 1.0:
            self._second, self._edges = at, 0
        self._edges += 1
        with suppress(RuntimeError):  # the event loop is closed: we are on our way out
            if self._edges <= MAX_EDGES_PER_S:
                self._loop.call_soon_threadsafe(self._on_edge, level, at)
            elif self._edges == MAX_EDGES_PER_S + 1:
                self._loop.call_soon_threadsafe(self._on_storm)


@dataclass(slots=True)
class Input:
    """A sensor and what is known about its line. `storm_until` while it is polled; `unheard_since`: since when the line is not as
    its edges have told. All times are monotonic.
    """

    sensor: Sensor
    line: Line
    debounce: DebounceState = field(default_factory=DebounceState)
    changed_at: float = 0.0
    storm_until: float | None = None
    unheard_since: float | None = None
    looked_at: float = 0.0

    @property
    def level(self) -> bool:
        """The debounced level; inactive before the first reading."""
        return bool(self.debounce.level)

    @property
    def config(self) -> DebounceConfig:
        if self.storm_until is None:
            return self.sensor.debounce
        return replace(self.sensor.debounce, settle_s=max(_STORM_SETTLE_S, self.sensor.debounce.settle_s))

    @property
    def settled(self) -> bool:
        """Whether nothing is pending: the next edge will be reported at once."""
        return next_deadline(self.debounce, self.config) is None


def _deadline(item: Input) -> float | None:
    """When to look at a line again. One that seems to change back during its hold-off, soon: the edge after that may be lost."""
    if item.unheard_since is not None:
        return item.unheard_since + _EDGE_LOST_S
    due = next_deadline(item.debounce, item.config)
    soon = item.debounce.raw_since + _AT_REST_S
    return due if due is None or item.debounce.raw is item.debounce.level or item.looked_at >= soon else min(due, soon)


ChangeListener = Callable[[Input, Change, float | None], None]


class Inputs:
    """All inputs of this device. `on_change` gets the input, the change, and how long the previous level had lasted."""

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        on_change: ChangeListener,
        callbacks_dead: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._on_change = on_change
        self._callbacks_dead = callbacks_dead
        self._inputs: dict[str, Input] = {}
        self._wake = asyncio.Event()

    def add(
        self, sensor: Sensor, make_line: Callable[[EdgeCallback, Callable[[], None]], Line], *, was_stuck: bool = False
    ) -> None:
        """Takes a sensor's line into care and reads it: the first reading is a state, never an event. `was_stuck`: it was when
        the agent ended, and where it is active still it has been so all the time.
        """
        name = sensor.name
        line = make_line(lambda level, at: self._edge(self._inputs[name], level, at), lambda: self._storm(self._inputs[name]))
        self._inputs[name] = Input(sensor, line)
        self._read(self._inputs[name], line.read(), self._clock.monotonic())
        if was_stuck and self._inputs[name].level and sensor.stuck_after_s is not None:
            self._inputs[name].changed_at -= sensor.stuck_after_s

    def __getitem__(self, name: str) -> Input:
        return self._inputs[name]

    def names(self) -> list[str]:
        return list(self._inputs)

    async def run(self) -> None:
        """Reads lines again when their debounce asks for it, and all of them each second (at 5 Hz while one must be polled)."""
        while True:
            now = self._clock.monotonic()
            deadlines = [_deadline(item) for item in self._inputs.values()]
            wait_s = min([self._interval_s(), *(deadline - now for deadline in deadlines if deadline is not None)])
            await self._sleep(wait_s)
            self._read_all()

    def close(self) -> None:
        for item in self._inputs.values():
            item.line.close()

    def _interval_s(self) -> float:
        polled = "gpio_thread" in self._faults or any(item.storm_until is not None for item in self._inputs.values())
        return POLL_S if polled else RESYNC_S

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        waker = asyncio.ensure_future(self._wake.wait())
        sleeper = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((waker, sleeper), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()
            sleeper.cancel()

    def _read_all(self) -> None:
        now = self._clock.monotonic()
        if self._callbacks_dead():
            self._faults.report("gpio_thread", "the GPIO callback thread has died; polling the pins at 5 Hz")
        for item in self._inputs.values():
            if item.storm_until is not None and now >= item.storm_until:
                self._storm_over(item)
            self._look(item)
            self._check_stuck(item, now)

    def _look(self, item: Input) -> None:
        """A reading that no edge has told of waits for that edge, which knows when it was: another may have been before it."""
        level = item.line.read()
        now = item.looked_at = self._clock.monotonic()  # after the reading: an edge from before it is on its way
        if item.storm_until is not None or "gpio_thread" in self._faults:
            item.unheard_since = None
        elif level is item.debounce.raw:
            self._believe_unheard(item)
        elif item.unheard_since is None:
            item.unheard_since = now
            return
        elif now < item.unheard_since + _EDGE_LOST_S:
            return
        item.unheard_since = None
        self._read(item, level, now)

    def _believe_unheard(self, item: Input) -> None:
        """The edge that a reading waited for is lost: a later one, or a later reading, tells of another."""
        unheard_since, item.unheard_since = item.unheard_since, None
        if unheard_since is not None:
            self._read(item, not item.debounce.raw, unheard_since)

    def _read(self, item: Input, level: bool, now: float) -> None:
        before = item.debounce.level
        item.debounce, change = read(item.debounce, level, now, item.config)
        self._tell(item, before, () if change is None else (change,))

    def _edge(self, item: Input, level: bool, at: float) -> None:
        if item.unheard_since is not None and at > item.unheard_since:  # edges come in their order
            self._believe_unheard(item)
        item.unheard_since = None
        before = item.debounce.level
        item.debounce, changes = edge(item.debounce, level, at, item.config)
        self._tell(item, before, changes)

    def _tell(self, item: Input, before: bool | None, changes: tuple[Change, ...]) -> None:
        if next_deadline(item.debounce, item.config) is not None:
            self._wake.set()
        for change in changes:
            lasted_s = None if before is None else max(0.0, change.at - item.changed_at)
            item.changed_at = change.at
            self._on_change(item, change, lasted_s)

    def _storm(self, item: Input) -> None:
        if item.storm_until is None:
            item.line.detach()
            what = f"more than {MAX_EDGES_PER_S} edges/s on pin {item.sensor.settings.pin}: is it connected? polling it at 5 Hz"
            self._faults.report(f"edge_storm:{item.sensor.name}", what)
            self._wake.set()
        item.storm_until = self._clock.monotonic() + STORM_PAUSE_S

    def _storm_over(self, item: Input) -> None:
        item.storm_until = None
        self._faults.clear(f"edge_storm:{item.sensor.name}")
        item.line.attach()

    def _check_stuck(self, item: Input, now: float) -> None:
        limit_s, fault = item.sensor.stuck_after_s, f"stuck:{item.sensor.name}"
        if not item.level or limit_s is None:
            self._faults.clear(fault)
        elif now - item.changed_at >= limit_s:
            self._faults.report(fault, f"active for more than {limit_s:g} s")
