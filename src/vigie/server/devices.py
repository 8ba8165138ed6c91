"""Devices as they are now: what each last said, how long ago, how complete its history is, what ails it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from vigie.protocol.alarm import ALARM
from vigie.protocol.states import DeviceStatus, Heartbeat
from vigie.protocol.times import to_unix_ms
from vigie.protocol.uplink import HeartbeatAnswer
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import Device, DeviceState, Ledger, Trouble
from vigie.server.errors import DeviceUnreachable, NoSuchPart, StoreUnavailable, UnknownDevice
from vigie.server.known import Agent, Known
from vigie.server.live import LiveNews
from vigie.server.store.devices import load_devices, save_devices
from vigie.server.store.events import Appended
from vigie.server.store.history import last_events
from vigie.server.store.skips import Log
from vigie.server.store.store import Store
from vigie.server.store.streams import Advance, Stream, load_all_streams, load_stream, save_proofs
from vigie.server.troubles import beat_troubles, identity_trouble, missing_troubles, state_troubles

log = logging.getLogger(__name__)

MAX_DEVICES = 10_000
"""Anybody on the broker can make up names. Events of further devices are stored all the same; they are not in this register."""
WATCH_INTERVAL_S = 1.0
SAVE_AFTER_S = 1.0
"""What devices said is written down this late, all of it at once. Each of these commits is one that events wait for, and
what a dead server has not written the bridge says again.
"""
SAVE_RETRY_S = 5.0


class Devices:
    """The register of devices. Memory answers; the tables carry it over a restart."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._known: dict[str, Known] = {}
        self._is_full = False
        self._untold: set[str] = set()
        self._unsaved: set[str] = set()
        self._unsaved_proofs: dict[Log, Stream] = {}
        self._wake = asyncio.Event()
        self._wake_saver = asyncio.Event()
        self.on_alarm_news: Callable[[], None] = lambda: None
        """Called when a device said something that the alarm of the site may hang on."""

    def load(self, connection: Connection) -> None:
        """Takes up what was known before the restart; who was online is silent until it is heard again."""
        for row in load_devices(connection):
            self._of(row.device_id).recall(row)
        for stream in load_all_streams(connection):
            unknown = Stream(stream.device_id, stream.stream_id)
            self._of(stream.device_id).logs.take(Advance(unknown, stream), self._clock.monotonic())
        for device_id, event in last_events(connection, self._known).items():
            self._known[device_id].last_event = event

    # What devices say

    def take_status(self, device_id: str, status: DeviceStatus, *, retained: bool) -> None:
        """A status, live or from the broker's memory; only a live one proves that the device is there."""
        self._of(device_id).take_status(status, self._clock.monotonic(), self._clock.now(), retained=retained)
        self._mark(device_id)
        self.on_alarm_news()

    def forget_status(self, device_id: str) -> None:
        """Somebody has cleared what the broker remembers of a device: one that was taken away for good is missed no more."""
        known = self._known.get(device_id)
        if known is not None and known.forget_status(self._clock.monotonic()):
            self._mark(device_id)
            self.on_alarm_news()

    async def take_heartbeat(self, device_id: str, heartbeat: Heartbeat) -> HeartbeatAnswer:
        """A heartbeat; answers how far its stream is accounted for. Raises `StoreUnavailable` where only the tables know."""
        known = self._of(device_id)
        now_s = self._clock.monotonic()
        known.take_heartbeat(heartbeat, now_s, self._clock.now())
        self._mark(device_id)
        if heartbeat.stream_id is None:
            return HeartbeatAnswer(through_seq=0)
        named = Log(device_id, heartbeat.stream_id)
        is_listed = device_id in self._known
        if known.logs.get(named.stream_id) is None and (known.logs.has_older or not is_listed):
            # Saying 0 for want of memory would tell the device that we have lost its events.
            stream = await self._store.read(lambda connection: load_stream(connection, named))
            if stream is not None and known.logs.get(named.stream_id) is None:
                known.logs.take(self._proven(Advance(stream, stream)), now_s)
        proven = known.logs.prove(named.stream_id, heartbeat.last_seq, to_unix_ms(self._clock.now()), now_s)
        if is_listed and (named in self._unsaved_proofs or len(self._unsaved_proofs) < MAX_DEVICES):
            self._unsaved_proofs[named] = proven
            self._mark(device_id)
        return HeartbeatAnswer(through_seq=proven.through_seq, event_id=proven.through_event_id)

    def take_state(self, device_id: str, part: str, body: dict[str, Any], *, retained: bool = False) -> None:
        """The state of a part, live or from the broker's memory; an empty one removes it."""
        self._of(device_id).take_state(part, body, self._clock.monotonic(), retained=retained)
        self._mark(device_id)
        if part == ALARM:
            self.on_alarm_news()

    def take_events(self, appended: Appended) -> None:
        """What a commit changed: newest events, ledgers, quarantine."""
        for device_id, event in {event.device_id: event for event in appended.stored}.items():
            known = self._known.get(device_id)
            if known is None:
                known = self._of(device_id)
                self._mark(device_id)
            known.last_event = event
        now_s = self._clock.monotonic()
        for advance in appended.advances:
            self._of(advance.now.device_id).logs.take(self._proven(advance), now_s)
        for device_id, count in appended.quarantined.items():
            if device_id:
                self._of(device_id).quarantined += count
                self._mark(device_id)

    # What others ask

    def all(self) -> list[Device]:
        """Every device, by name."""
        return [self._device(self._known[device_id]) for device_id in sorted(self._known)]

    def one(self, device_id: str) -> Device:
        """One device; raises `UnknownDevice`."""
        known = self._known.get(device_id)
        if known is None:
            raise UnknownDevice(device_id)
        return self._device(known)

    def states_of(self, part: str) -> dict[str, dict[str, Any]]:
        """What each device that has such a part last said of its state."""
        return {device_id: known.states[part] for device_id, known in self._known.items() if part in known.states}

    def agents(self) -> list[Agent]:
        """Our Pis as the alarm sees them, by name."""
        now_s = self._clock.monotonic()
        agents = (self._known[device_id].as_agent(now_s) for device_id in sorted(self._known))
        return [agent for agent in agents if agent is not None]

    def ledgers(self) -> list[Ledger]:
        """The proof of completeness of every device, by name."""
        return [self._ledger(self._known[device_id]) for device_id in sorted(self._known)]

    def require_part(self, device_id: str, part: str) -> None:
        """Raises `UnknownDevice` or `NoSuchPart` where a command for `part` makes no sense."""
        device = self.one(device_id)
        if part not in device.capabilities:
            raise NoSuchPart(device_id, part, tuple(device.capabilities))

    def require_online(self, device_id: str) -> None:
        """Raises `DeviceUnreachable` where a command would not arrive."""
        state = self._known[device_id].state(self._clock.monotonic())
        if state != "online":
            raise DeviceUnreachable(device_id, state)

    # Background work

    async def tell_for_ever(self) -> None:
        """Tells the browsers of each change at once, of many together where they come fast."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            untold, self._untold = sorted(self._untold), set()
            for device_id in untold:
                self._tell(self._known[device_id])

    async def save_for_ever(self) -> None:
        """Writes changes down, `SAVE_AFTER_S` after the first of them."""
        while True:
            await self._wake_saver.wait()
            self._wake_saver.clear()
            await self._clock.sleep(SAVE_AFTER_S)
            if not await self.save():
                await self._clock.sleep(SAVE_RETRY_S)
                self._wake_saver.set()

    async def watch_for_ever(self) -> None:
        """Notices who falls silent, and what stays missing."""
        while True:
            await self._clock.sleep(WATCH_INTERVAL_S)
            now_s = self._clock.monotonic()
            for known in self._known.values():
                if known.told_state is not None and known.state(now_s) != known.told_state:
                    self._tell(known)

    async def save(self) -> bool:
        """Writes down what has changed; false when the database refused, and the changes wait for the next time."""
        changed, self._unsaved = self._unsaved, set()
        rows = [self._known[device_id].as_row() for device_id in sorted(changed)]
        proofs = dict(self._unsaved_proofs)

        def work(connection: Connection) -> None:
            save_devices(connection, rows)
            save_proofs(connection, proofs.values())

        try:
            await self._store.write(work)
        except StoreUnavailable as error:
            log.debug("devices were not written down, trying again reason=%s", error)
            self._unsaved |= changed
            return False
        for named, proof in proofs.items():
            if self._unsaved_proofs[named] is proof:
                del self._unsaved_proofs[named]
        return True

    def _of(self, device_id: str) -> Known:
        known = self._known.get(device_id)
        if known is None:
            known = Known(device_id)
            if len(self._known) < MAX_DEVICES:
                self._known[device_id] = known
            elif not self._is_full:
                self._is_full = True
                log.warning("more than %d devices: further ones are not listed device=%s", MAX_DEVICES, device_id)
        return known

    def _proven(self, advance: Advance) -> Advance:
        """With what a heartbeat has said and the tables do not know yet."""
        proof = self._unsaved_proofs.get(Log(advance.now.device_id, advance.now.stream_id))
        if proof is None:
            return advance
        return Advance(_with_proof(advance.before, proof), _with_proof(advance.now, proof))

    def _mark(self, device_id: str) -> None:
        if device_id not in self._known:
            return
        self._untold.add(device_id)
        self._unsaved.add(device_id)
        self._wake.set()
        self._wake_saver.set()

    def _tell(self, known: Known) -> None:
        device = self._device(known)
        known.told_state = device.state
        self._live.tell("device", device)

    def _device(self, known: Known) -> Device:
        now_s = self._clock.monotonic()
        state, age_s = known.state(now_s), known.beat_age_s(now_s, self._clock.now())
        return Device(
            device_id=known.device_id,
            state=state,
            status=known.status,
            heartbeat=known.heartbeat,
            heartbeat_at=known.heartbeat_at,
            heartbeat_age_s=None if age_s is None else round(age_s, 3),
            capabilities=list(known.status.capabilities) if known.status else [],
            states=known.states,
            health=self._troubles(known, state),
            ledger=self._ledger(known),
            last_event=known.last_event,
        )

    def _troubles(self, known: Known, state: DeviceState) -> list[Trouble]:
        now_s = self._clock.monotonic()
        troubles = [*state_troubles(state, known.states)]
        if known.heartbeat is not None:
            troubles += beat_troubles(known.heartbeat)
        if known.identity.is_contested(now_s):
            troubles.append(identity_trouble(known.device_id))
        return [*troubles, *missing_troubles(known.logs.overdue(now_s), state, known.heartbeat)]

    def _ledger(self, known: Known) -> Ledger:
        return known.logs.ledger(known.heartbeat.stream_id if known.heartbeat else None, known.quarantined)


def _with_proof(stream: Stream, proof: Stream) -> Stream:
    return replace(stream, accepted_seq=proof.accepted_seq, last_proof_at_ms=proof.last_proof_at_ms, seen_at_ms=proof.seen_at_ms)
