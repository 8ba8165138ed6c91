"""Where the camera's servo may go, and how fast. Angles in degrees, 0 is straight ahead, left is negative.

The state is *commanded*: a hobby servo does not say where it is. Limits are soft limits in front of the mechanical ones;
a step stops at the limit, an absolute angle beyond it is refused. No move at start: ESPHome's users were startled by
cameras that turn at boot (esphome/issues #964). Pulses stop `detach_after_s` after arrival, or the servo hums and heats.
"""

from dataclasses import dataclass, field, replace

from vigie.protocol.commands import ServoCommand
from vigie.protocol.errors import BadCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ServoConfig:
    """A servo as mounted. `slew_deg_s` bounds the speed, `min_interval_s` the time between two new targets (<= 2 moves/s)."""

    min_angle_deg: float = -90.0
    max_angle_deg: float = 90.0
    step_deg: float = 15.0
    presets: dict[str, float] = field(default_factory=dict)
    slew_deg_s: float = 60.0
    min_interval_s: float = 0.5
    detach_after_s: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class ServoPosition:
    """`angle_deg` is where the pulses say now, `target_deg` where they go, `pending_deg` where they go next.

    `energised` is whether pulses are sent at all. Times are monotonic seconds.
    """

    angle_deg: float = 0.0
    target_deg: float = 0.0
    pending_deg: float | None = None
    stepped_at: float = 0.0
    last_target_at: float = float("-inf")
    arrived_at: float | None = None
    energised: bool = False

    @property
    def commanded_deg(self) -> float:
        """Where the newest command wants the camera: what the next step starts from."""
        return self.target_deg if self.pending_deg is None else self.pending_deg

    @property
    def moving(self) -> bool:
        """Whether the angle is still on its way."""
        return self.pending_deg is not None or self.angle_deg != self.target_deg


def target_of(command: ServoCommand, position: ServoPosition, config: ServoConfig) -> float:
    """The angle that a command asks for; raises `BadCommand` with what the owner may ask instead."""
    if command.direction == "center":
        return _clamp(0.0, config)
    if command.direction is not None:
        step = -config.step_deg if command.direction == "left" else config.step_deg
        return _clamp(position.commanded_deg + step, config)
    if command.preset is not None:
        if command.preset not in config.presets:
            known = ", ".join(sorted(config.presets)) or "none is configured"
            raise BadCommand("servo", f"unknown preset {command.preset!r}; known: {known}")
        return _clamp(config.presets[command.preset], config)
    assert command.angle_deg is not None  # ServoCommand holds exactly one target
    angle = float(command.angle_deg)
    if not config.min_angle_deg <= angle <= config.max_angle_deg:
        raise BadCommand("servo", f"angle_deg {angle:g} is outside {config.min_angle_deg:g}..{config.max_angle_deg:g}")
    return angle + 0.0


def aim(position: ServoPosition, target_deg: float, now: float, config: ServoConfig) -> ServoPosition:
    """Sets a new target. Within `min_interval_s` of the last one it waits as `pending_deg`, where the newest wins."""
    if now - position.last_target_at < config.min_interval_s:
        return replace(position, pending_deg=target_deg)
    return replace(
        position,
        target_deg=target_deg,
        pending_deg=None,
        last_target_at=now,
        stepped_at=now,
        arrived_at=None,
        energised=True,
    )


def step(position: ServoPosition, now: float, config: ServoConfig) -> ServoPosition:
    """Moves the angle on by the time that has passed; takes up the pending target; stops the pulses after arrival."""
    if position.pending_deg is not None and now - position.last_target_at >= config.min_interval_s:
        position = aim(replace(_slew(position, now, config), pending_deg=None), position.pending_deg, now, config)
    position = _slew(position, now, config)
    if not position.energised or position.moving:
        return position
    if position.arrived_at is None:
        return replace(position, arrived_at=now)
    if now - position.arrived_at >= config.detach_after_s:
        return replace(position, energised=False)
    return position


def _slew(position: ServoPosition, now: float, config: ServoConfig) -> ServoPosition:
    if position.angle_deg == position.target_deg:
        return replace(position, stepped_at=now)
    reach = config.slew_deg_s * max(0.0, now - position.stepped_at)
    distance = position.target_deg - position.angle_deg
    angle = position.target_deg if abs(distance) <= reach else position.angle_deg + (reach if distance > 0 else -reach)
    return replace(position, angle_deg=angle, stepped_at=now)


def _clamp(angle: float, config: ServoConfig) -> float:
    return min(max(angle, config.min_angle_deg), config.max_angle_deg) + 0.0  # never -0.0
