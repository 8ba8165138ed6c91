"""Who is missing while the site is guarded: an alert per absence of a Pi, or one for the bridge instead of one per Pi.

`(state, what is seen, now) -> (state, absences to tell)`. Times are monotonic seconds.
"""

from dataclasses import dataclass, field, replace

GRACE_S = 45.0
"""An absence of so long is told: a Pi that is destroyed just after a heartbeat is an alert well within a minute."""
BRIDGE_LAG_S = 20.0
"""So long after its last word a bridge that lost its power may still look connected: Socket.IO's ping and its time-out."""
BROKER_LAG_S = 30.0
"""So long after the last message a bridge may believe in a broker that lost its power: twice the keep-alive of MQTT."""
STALL_S = 10.0
"""Who has not looked for so long was absent itself, and has not heard what was said meanwhile."""


@dataclass(frozen=True, slots=True)
class Link:
    """The way from the Pis to the server. `spoken_at`: the last word of a bridge, whatever it was about."""

    has_bridge: bool
    has_broker: bool
    spoken_at: float | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """One of our Pis. `heard_at`: its last own word; None while it has said nothing since the server started."""

    device_id: str
    heard_at: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look shows."""

    is_guarded: bool
    link: Link
    agents: tuple[Agent, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Something to tell: `device_id` is None for the bridge. `since`: when it was last heard, None for never in this life."""

    device_id: str | None
    since: float | None


@dataclass(frozen=True, slots=True)
class Supervision:
    """`link_since`: bridge and broker are there since then, without a break. `link_lost_at`: since then they are not;
    `was_there` whether they ever were. `told`: whose present absence has been told.
    """

    looked_at: float
    link_since: float | None = None
    link_lost_at: float = 0.0
    was_there: bool = False
    bridge_told: bool = False
    told: frozenset[str] = field(default_factory=frozenset)


Looked = tuple[Supervision, tuple[Absence, ...]]


def started(now: float) -> Supervision:
    """A server that has just started knows nothing: everybody has the whole grace to be heard."""
    return Supervision(looked_at=now, link_lost_at=now)


def step(state: Supervision, seen: Seen, now: float) -> Looked:
    """One look, at least every few seconds. Each absence is told once: it ends when the one that was missing is heard."""
    if now - state.looked_at > STALL_S:
        state = replace(state, link_since=None, link_lost_at=now)
    state = _look_at_link(replace(state, looked_at=now), seen, now)
    back = {agent.device_id for agent in seen.agents if agent.heard_at is not None and now - agent.heard_at < GRACE_S}
    state = replace(state, told=state.told - back)
    if not seen.is_guarded:
        return state, ()
    if state.link_since is None:
        return _bridge(state, now)
    return _agents(state, seen.agents, state.link_since, now)


def _look_at_link(state: Supervision, seen: Seen, now: float) -> Supervision:
    if seen.link.has_bridge and seen.link.has_broker:
        since = now if state.link_since is None else state.link_since
        return replace(state, link_since=since, was_there=True, bridge_told=False)
    if state.link_since is None:
        return state
    return replace(state, link_since=None, link_lost_at=_lost_at(seen, now))


def _lost_at(seen: Seen, now: float) -> float:
    """When the link broke that is seen broken now: at the last thing that came over it, as far as such a break can hide."""
    if seen.link.has_bridge:
        heard = max((agent.heard_at for agent in seen.agents if agent.heard_at is not None), default=now)
        return max(heard, now - BROKER_LAG_S)
    return max(now if seen.link.spoken_at is None else seen.link.spoken_at, now - BRIDGE_LAG_S)


def _bridge(state: Supervision, now: float) -> Looked:
    if state.bridge_told or now - state.link_lost_at < GRACE_S:
        return state, ()
    since = state.link_lost_at if state.was_there else None
    return replace(state, bridge_told=True), (Absence(None, since),)


def _agents(
    state: Supervision, agents: tuple[Agent, ...], link_since: float, now: float
) -> tuple[Supervision, tuple[Absence, ...]]:
    """Only over a link that has stood for the whole grace: before, nobody can tell who is missing."""
    if now - link_since < GRACE_S:
        return state, ()
    missing = tuple(
        Absence(agent.device_id, agent.heard_at)
        for agent in agents
        if agent.device_id not in state.told and (agent.heard_at is None or now - agent.heard_at >= GRACE_S)
    )
    return replace(state, told=state.told | {absence.device_id for absence in missing if absence.device_id}), missing
