"""Whether what was started stays up."""

import subprocess
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

LIMIT_S = 90.0
STEADY_S = 10.0
ATTEMPTS = 5
_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class UnitState:
    """`since_us`: when it became active last, on systemd's monotonic clock; `restarts`: how often systemd had to start it
    again; `status`: its own words.
    """

    active: str
    since_us: int
    restarts: int
    status: str

    @property
    def is_up(self) -> bool:
        return self.active == "active"

    @property
    def is_connected(self) -> bool:
        """To the broker, as agent and bridge say it."""
        return self.is_up and self.status.startswith("connected")


def state_of(unit: str) -> UnitState:
    """As systemd has it; one that it cannot tell of is not up."""
    names = "ActiveState,ActiveEnterTimestampMonotonic,NRestarts,StatusText"
    command = ["systemctl", "show", unit, "--property", names]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    values = dict(line.partition("=")[::2] for line in said.splitlines())

    def number(name: str) -> int:
        return int(values.get(name) or 0)

    return UnitState(
        values.get("ActiveState", ""), number("ActiveEnterTimestampMonotonic"), number("NRestarts"), values.get("StatusText", "")
    )


def failing(
    before: Mapping[str, UnitState],
    must_connect: Container[str] = (),
    look: Callable[[str], UnitState] = state_of,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[str]:
    """The units that were not up for `STEADY_S` without a restart, within `LIMIT_S`: an endless restart is no health.

    `before`: how each was before it was told to restart; until that has happened it is not judged. After `ATTEMPTS` restarts of
    one nothing more is waited for. `must_connect`: those that had the broker before, and therefore have to have it again.
    """
    deadline = now() + LIMIT_S
    steady: dict[str, tuple[int, float]] = {}
    left = list(before)
    seen = {unit: look(unit).restarts for unit in left}
    restarts = dict.fromkeys(left, 0)
    hopeless = False
    while left and not hopeless and now() < deadline:
        for unit in tuple(left):
            state = look(unit)
            restarts[unit] += max(0, state.restarts - seen[unit])  # systemd's own count begins anew with each start by hand
            seen[unit] = state.restarts
            hopeless |= restarts[unit] >= ATTEMPTS
            is_old = before[unit].is_up and state.since_us == before[unit].since_us
            if not state.is_up or is_old:
                steady.pop(unit, None)
                continue
            since, seen_at = steady.get(unit, (-1, 0.0))
            if since != state.since_us:
                steady[unit] = (state.since_us, now())
            elif now() - seen_at >= STEADY_S and (state.is_connected or unit not in must_connect):
                left.remove(unit)
        if left:
            pause(_EVERY_S)
    return left
