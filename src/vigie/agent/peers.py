"""The other devices of the site, as this Pi hears them on the broker: what its rules, filters and siren go by, and who is there.

Only what is fresh counts: nothing retained, nothing that an older clock reading shows to have waited, nothing that was read
right after this process had slept; and without a clock reading nothing while the broker may be handing out what waited.
Design: docs/design/alarm.md, "Between Pis".
"""

import logging
from collections.abc import Callable, Iterable

from pydantic import BaseModel, ValidationError

from vigie.agent.arrivals import Arrivals
from vigie.domain.alarm_model import AlarmConfig
from vigie.domain.flooding import FloodGate
from vigie.domain.freshness import FRESH_FOR_S, PeerClocks
from vigie.domain.rules import ANY_DEVICE, Happening, Rule
from vigie.protocol import topics
from vigie.protocol.alarm import ALARM, Stage
from vigie.protocol.codec import JsonObject, decode_object
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.events import Meta, event_type, is_event_id
from vigie.protocol.sensors import SENSOR_KINDS, is_active_state
from vigie.protocol.states import HEARTBEAT_INTERVAL_S, Heartbeat, Mode
from vigie.protocol.topics import DeviceTopic
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import Message

log = logging.getLogger(__name__)

_RATE_PER_S, _BURST = 20.0, 100.0
"""Of one topic: more than any house does, less than what a Pi Zero cannot parse. A sensor that floods drowns no alarm."""
MAX_PEERS = 100
"""Who is there: more names than a house has Pis are somebody's mischief, and each could be missed."""


class _AlarmNews(BaseModel):
    """What another Pi's siren goes by, of an `AlarmChange`, and no more of it: a Pi of a later version, whose reasons or
    decisions have words that we do not know, is heard all the same. So `zone` and `cause`, for the record, may be anything.
    """

    state: Stage
    mode: Mode
    delay_s: float | None = None
    silent: bool = False
    zone: object = None
    cause: object = None


class Peers:
    """`on_happening` gets what is fresh. `heard_at`: when each other agent's last heartbeat came, monotonic."""

    def __init__(self, device_id: str, clock: Clock, arrivals: Arrivals, on_happening: Callable[[Happening], None]) -> None:
        self._device_id = device_id
        self._clock = clock
        self._arrivals = arrivals
        self._on_happening = on_happening
        self._clocks = PeerClocks()
        self._flood = FloodGate(rate_per_s=_RATE_PER_S, burst=_BURST)
        self.heard_at: dict[str, float] = {}

    def hear(self, message: Message) -> None:
        """A message on `sensors/…` or `heartbeats/…`. Whatever it is, nothing is raised."""
        try:
            topic = topics.parse(message.topic)
            if message.retain or not isinstance(topic, DeviceTopic) or topic.device_id == self._device_id:
                return
            if not self._flood.passes(message.topic, self._clock.monotonic()):
                return
            body = decode_object(message.payload)
            if topic.part is None:
                self._beat(topic.device_id, Heartbeat.model_validate(body))
            elif (happening := self._happening(topic.device_id, topic.part, body)) is not None:
                self._on_happening(happening)
        except (BadPayload, BadTopic, ValidationError) as error:
            log.debug("ignored on %s: %s", message.topic, error)

    def _beat(self, device_id: str, heartbeat: Heartbeat) -> None:
        now = self._clock.monotonic()
        # Of an older version only the beat, the number of its ten seconds: later in them it looks older than it is.
        mono_s = heartbeat.beat * HEARTBEAT_INTERVAL_S if heartbeat.mono_ms is None else heartbeat.mono_ms / 1000
        self._age_s(device_id, heartbeat.boot_id, mono_s)
        if device_id in self.heard_at or len(self.heard_at) < MAX_PEERS:
            self.heard_at[device_id] = now

    def _age_s(self, device_id: str, boot_id: str, mono_s: float) -> float | None:
        is_prompt = self._arrivals.why_doubted() is None
        return self._clocks.hear(device_id, boot_id, mono_s, self._clock.monotonic(), is_prompt=is_prompt)

    def _happening(self, device_id: str, sensor: str, body: JsonObject) -> Happening | None:
        age_s, meta = None, None
        if "meta" in body or sensor == ALARM:  # only an agent has an alarm; without its clock nobody knows how old the news is
            meta = Meta.model_validate(body.get("meta"))
            age_s = self._age_s(device_id, meta.boot_id, meta.mono_ms / 1000)
        if age_s is None:
            if doubt := self._arrivals.why_doubted():
                log.info("perhaps old news, not acted upon: %s/%s: %s", device_id, sensor, doubt)
                return None
            age_s = 0.0
        if age_s > FRESH_FOR_S or not self._arrivals.is_awake:
            log.info("old news, not acted upon: %s/%s", device_id, sensor)
            return None
        if sensor == ALARM and meta is not None:
            change = _AlarmNews.model_validate(body)
            remaining_s = max(0.0, (change.delay_s or 0.0) - age_s)
            log.info("heard alarm=%s of=%s event=%s", change.state, device_id, meta.id)
            return Happening(
                device_id=device_id,
                sensor=sensor,
                stage=change.state,
                mode=change.mode,
                remaining_s=remaining_s,
                silent=change.silent,
                event_id=change.cause if is_event_id(change.cause) else meta.id,
                zone=f"{device_id}/{change.zone if isinstance(change.zone, str) and topics.is_name(change.zone) else ALARM}",
            )
        is_detection = _is_active(sensor, body) and not body.get("found_at_start")
        if not is_detection:
            return None
        event_id = "" if meta is None else meta.id
        return Happening(device_id=device_id, sensor=sensor, event_id=event_id, zone=f"{device_id}/{sensor}")


def _is_active(sensor: str, body: JsonObject) -> bool:
    """Whether the payload is an active edge; of a kind that we do not know it is, unless it says that it is off."""
    meta = body.get("meta")
    kind = SENSOR_KINDS.get((meta.get("kind") if isinstance(meta, dict) else None) or sensor)
    if kind is None:
        return str(body.get("state", "on")).lower() not in {"off", "false", "0", "inactive"}
    event_type(sensor, body, kind.name)  # raises for a state that the kind lacks
    return is_active_state(kind, body.get("state")) is True


def filters(device_id: str, config: AlarmConfig, rules: Iterable[Rule]) -> list[str]:
    """What to subscribe to: the others' alarms and heartbeats, and the sensors that this Pi's zones and rules name."""
    named = {name for zone in config.zones.values() for name in zone.filters.confirm_by}
    named |= {f"{rule.device_id}/{rule.sensor}" for rule in rules}
    found = {topics.EVERY_ALARM, topics.ALL_HEARTBEATS}
    for name in named:
        device, _, sensor = name.partition("/")
        if device != device_id:
            found.add(topics.sensor("+" if device == ANY_DEVICE else device, sensor))
    return sorted(found)
