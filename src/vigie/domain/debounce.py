"""From a noisy level to changes that mean something.

Keyed on the level, not on edges: a change is reported at once (a pulse of a few milliseconds is never missed), then the
line is left alone until `hold_off_s` after its edge; when that time is over the level is read again, and a difference is a
change of its own. So bounce is swallowed, latency is zero, and a lost edge heals at the next reading. With `settle_s` > 0 a
new level must first hold for that long: for lines that pick up interference.

After the edge, not after the reading: else readings of a line that pulses as fast as the hold-off allows fall ever later
behind its edges, until they have missed a pulse.

Why not the libraries' own: gpiozero's `bounce_time` drops real edges and differs per pin factory (gpiozero #1039, #550).
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class DebounceConfig:
    """Times in seconds; see the module."""

    hold_off_s: float = 0.05
    settle_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DebounceState:
    """`level` is the last reported one (None before the first reading), `raw` the last seen, times are monotonic seconds.

    `held_until`: the end of the hold-off. `recheck_at` is the same until the line has been read again for edges that it swallowed.
    """

    level: bool | None = None
    raw: bool | None = None
    raw_since: float = 0.0
    held_until: float = float("-inf")
    recheck_at: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The line has a new level since the monotonic time `at`."""

    level: bool
    at: float


def read(state: DebounceState, raw: bool, now: float, config: DebounceConfig) -> tuple[DebounceState, Change | None]:
    """Takes one reading of the line: at `next_deadline`, or from the resync each second."""
    if raw is not state.raw:
        state = replace(state, raw=raw, raw_since=now)
    if state.level is None:
        return replace(state, level=raw), Change(raw, now)
    if state.recheck_at is not None and now >= state.recheck_at:
        state = replace(state, recheck_at=None)
    if raw is state.level or now < _due(state, config):
        return state, None
    until = state.raw_since + config.hold_off_s
    state = replace(state, level=raw, held_until=until, recheck_at=until if until > now else None)
    return state, Change(raw, state.raw_since)


def edge(state: DebounceState, level: bool, at: float, config: DebounceConfig) -> tuple[DebounceState, tuple[Change, ...]]:
    """Takes an edge to `level` at the time `at`, which may be heard of later. Edges come in their order, so until this one the line
    was as the last one had left it: what was to be read in between, and on a busy machine was not, is read now. Else a whole pulse
    could hide in a hold-off that ends late. An edge from before the last reading tells nothing new.
    """
    if at < state.raw_since:
        return state, ()
    changes: list[Change | None] = []
    while state.raw is not None and (due := next_deadline(state, config)) is not None and due < at:
        state, change = read(state, state.raw, due, config)
        changes.append(change)
    state, change = read(state, level, at, config)
    return state, tuple(change for change in (*changes, change) if change is not None)


def next_deadline(state: DebounceState, config: DebounceConfig) -> float | None:
    """When the line must be read again although no edge comes; None while there is nothing to wait for."""
    if state.recheck_at is not None:
        return state.recheck_at
    if state.level is None or state.raw is state.level:
        return None
    return _due(state, config)


def _due(state: DebounceState, config: DebounceConfig) -> float:
    """From when on what is seen counts."""
    return max(state.held_until, state.raw_since + config.settle_s)
