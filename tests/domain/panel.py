"""The pure alarm of one Pi in the hands of a test: what happens goes in by name, what it asks for is kept."""

from dataclasses import replace

from vigie.domain import alarm
from vigie.domain.alarm_memory import Moment, recall, write_down
from vigie.domain.alarm_model import (
    AlarmConfig,
    AlarmState,
    Cause,
    Closed,
    Confirming,
    Effect,
    Found,
    Message,
    ModeSet,
    Opened,
    PeerPending,
    Tell,
    Tick,
    Zone,
)
from vigie.domain.zone import Filters
from vigie.protocol.alarm import AlarmChange, Decision, Reason, Stage, ZoneType
from vigie.protocol.states import Mode

AWAY, NIGHT, HOME = Mode.SURVEILLANCE, Mode.NIGHT, Mode.ACTIVE
OTHER = "raspberry-02/motion"
ZONES = {
    "window": Zone(sensor="window", preset="garden"),
    "door": Zone(sensor="door", type=ZoneType.DELAYED),
    "hall": Zone(sensor="hall", type=ZoneType.FOLLOWER),
    "smoke": Zone(sensor="smoke", type=ZoneType.ALWAYS),
    "panic": Zone(sensor="panic", type=ZoneType.ALWAYS, siren=False, record_s=30.0),
    "living": Zone(sensor="living", modes=frozenset({AWAY})),
    "beam": Zone(sensor="beam", filters=Filters(hold_s=2.0)),
    "yard": Zone(sensor="yard", filters=Filters(confirm_by=(OTHER,))),
    "mat": Zone(sensor="mat", filters=Filters(pulses=2)),
}
CONFIG = AlarmConfig(zones=ZONES, exit_delay_s={AWAY: 20.0}, entry_delay_s=15.0, alarm_s=60.0)


class Panel:
    """`now` is monotonic; `effects` are those of the last step, `told` all `alarm` events."""

    def __init__(self, config: AlarmConfig = CONFIG, now: float = 100.0) -> None:
        self.config = config
        self.now = now
        self.state = AlarmState()
        self.effects: tuple[Effect, ...] = ()
        self.told: list[AlarmChange] = []
        self.event_ids = 0
        self._stamps = 0

    @property
    def stage(self) -> Stage:
        return self.state.stage

    @property
    def deeds(self) -> list[Effect]:
        """The effects of the last step but for events."""
        return [effect for effect in self.effects if not isinstance(effect, Tell)]

    @property
    def reasons(self) -> list[Reason]:
        """Of the events of the last step."""
        return [effect.change.reason for effect in self.effects if isinstance(effect, Tell)]

    def take(self, message: Message) -> Decision | None:
        return self._stepped(alarm.step(self.state, message, self.now, self.config))

    def mode(self, mode: Mode, **values: object) -> None:
        self.take(self.record(mode, **values))

    def record(self, mode: Mode, **values: object) -> ModeSet:
        """A newer one than all before."""
        self._stamps += 1
        bypass = frozenset(values.pop("bypass", ()))
        return ModeSet(mode=mode, stamp=(self._stamps, 0, "server"), bypass=bypass, **values)

    def opens(self, sensor: str) -> Decision | None:
        self.event_ids += 1
        return self.take(Opened(Cause(zone=sensor, event_id=f"event-{self.event_ids}", event_type=f"{sensor}_opened")))

    def closes(self, sensor: str) -> None:
        self.take(Closed(sensor))

    def pulses(self, sensor: str) -> Decision | None:
        decision = self.opens(sensor)
        effects = self.effects
        self.closes(sensor)
        self.effects = effects
        return decision

    def found(self, sensor: str, *, is_open: bool) -> None:
        self.take(Found(sensor, is_open))

    def confirms(self, name: str = OTHER) -> None:
        self.take(Confirming(name))

    def peer_pending(self, remaining_s: float) -> None:
        self.take(PeerPending(remaining_s))

    def wait(self, seconds: float) -> None:
        """Ticks at each deadline on the way, as the agent does."""
        until, effects = self.now + seconds, ()
        while (due := alarm.next_deadline(self.state)) is not None and due <= until:
            self.now = max(self.now, due)
            self.take(Tick())
            effects = (*effects, *self.effects)
        self.now = until
        self.take(Tick())
        self.effects = (*effects, *self.effects)

    def restart(self, saved_at: Moment, started_at: Moment, mode: ModeSet | None = None) -> None:
        """What was known is written down and recalled; `mode` is the record on disk, that of the state unless given."""
        self.state = recall(write_down(self.state, saved_at), started_at)
        self.now = started_at.monotonic_s
        known = ModeSet(mode=self.state.mode, stamp=self.state.stamp, bypass=self.state.bypass)
        self._stepped(alarm.resume(self.state, mode or known, self.now, self.config))

    def forget_levels(self) -> None:
        """As right after a start, before the lines are read."""
        for sensor in self.config.zones:
            self.state = self.state.with_zone(sensor, is_open=None)

    def _stepped(self, stepped: alarm.Stepped) -> Decision | None:
        self.state, self.effects = stepped.state, stepped.effects
        self.told += [effect.change for effect in stepped.effects if isinstance(effect, Tell)]
        return stepped.decision


def armed(mode: Mode = NIGHT, **changes: object) -> Panel:
    """Armed in a mode without exit delay; `changes` are of the configuration."""
    panel = Panel(replace(CONFIG, **changes))
    panel.mode(mode)
    panel.wait(panel.config.exit_delay_s.get(mode, 0.0))
    return panel


def in_stage(stage: Stage) -> Panel:
    """A panel that has got to this stage in `surveillance`."""
    panel = Panel()
    if stage is Stage.DISARMED:
        return panel
    panel.mode(AWAY)
    if stage is Stage.ARMING:
        return panel
    panel.wait(20)
    if stage is Stage.PENDING:
        panel.pulses("door")
    elif stage is Stage.TRIGGERED:
        panel.pulses("window")
    assert panel.stage is stage
    return panel
