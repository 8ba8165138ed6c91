"""Devices as they are now: what each last said, how long ago, how complete its history is, what ails it."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from vigie.protocol.events import ClockQuality, StoredEvent
from vigie.protocol.states import SILENT_AFTER_S, DeviceStatus, Heartbeat
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import Device, DeviceState, Ledger, Trouble
from vigie.server.errors import DeviceUnreachable, NoSuchPart, StoreUnavailable, UnknownDevice
from vigie.server.live import LiveNews
from vigie.server.store.devices import DeviceRow, load_devices, save_devices
from vigie.server.store.events import Appended
from vigie.server.store.history import last_events
from vigie.server.store.store import Store
from vigie.server.store.streams import NO_STREAM, Stream, load_all_streams, save_proofs

log = logging.getLogger(__name__)

LOW_DISK_BYTES = 200 * 1000 * 1000
MISSING_GRACE_S = 60.0
"""Events may be on their way for this long before they are called missing: a heartbeat can overtake them."""
MAX_DEVICES = 10_000
MAX_PARTS = 100
"""Anybody on the broker can make up names. Events of further devices are stored all the same; they are not in this register."""
WATCH_INTERVAL_S = 1.0
SAVE_AFTER_S = 1.0
"""What devices said is written down this late, all of it at once. Each of these commits is one that events wait for, and
what a dead server has not written the bridge says again.
"""
SAVE_RETRY_S = 5.0


@dataclass(slots=True)
class _Known:
    """One device in memory. `heard_at` (its last live word) and `beat_at` (its last heartbeat) are monotonic."""

    device_id: str
    status: DeviceStatus | None = None
    heartbeat: Heartbeat | None = None
    heartbeat_at: datetime | None = None
    heard_at: float = float("-inf")
    beat_at: float | None = None
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    newest_stream: str | None = None
    quarantined: int = 0
    last_event: StoredEvent | None = None
    missing_since: float | None = None
    told_state: DeviceState | None = None


class Devices:
    """The register of devices. Memory answers; the tables carry it over a restart."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._is_full = False
        self._untold: set[str] = set()
        self._unsaved: set[str] = set()
        self._wake = asyncio.Event()
        self._wake_saver = asyncio.Event()

    def load(self, connection: Connection) -> None:
        """Takes up what was known before the restart; who was online is silent until it is heard again."""
        for row in load_devices(connection):
            known = self._of(row.device_id)
            known.status = None if row.status is None else DeviceStatus.model_validate(row.status)
            known.heartbeat = None if row.heartbeat is None else Heartbeat.model_validate(row.heartbeat)
            known.heartbeat_at = None if row.heartbeat_at_ms is None else from_unix_ms(row.heartbeat_at_ms)
            known.states = row.states
            known.quarantined = row.quarantined
        for stream in load_all_streams(connection):
            self._take_stream(stream)
        for device_id, event in last_events(connection, self._known).items():
            self._known[device_id].last_event = event

    # What devices say

    def take_status(self, device_id: str, status: DeviceStatus, *, retained: bool) -> None:
        """A status, live or from the broker's memory; only a live one proves that the device is there."""
        known = self._of(device_id)
        known.status = status
        if not retained:
            known.heard_at = self._clock.monotonic() if status.state == "online" else float("-inf")
        self._mark(device_id)

    def take_heartbeat(self, device_id: str, heartbeat: Heartbeat) -> int:
        """A heartbeat; returns how far its stream is stored without a hole."""
        known = self._of(device_id)
        known.heartbeat, known.heartbeat_at = heartbeat, self._clock.now()
        known.heard_at = known.beat_at = self._clock.monotonic()
        now_ms = to_unix_ms(known.heartbeat_at)
        if heartbeat.stream_id is None:
            self._mark(device_id)
            return 0
        stream = known.streams.get(heartbeat.stream_id) or Stream(device_id, heartbeat.stream_id)
        proven = replace(stream, accepted_seq=heartbeat.last_seq, last_proof_at_ms=now_ms, seen_at_ms=now_ms)
        self._keep_stream(known, proven)
        self._mark(device_id)
        return proven.through_seq

    def take_state(self, device_id: str, part: str, body: dict[str, Any]) -> None:
        """The retained state of a part; an empty one removes it."""
        states = self._of(device_id).states
        if not body:
            states.pop(part, None)
        elif part in states or len(states) < MAX_PARTS:
            states[part] = body
        self._mark(device_id)

    def take_events(self, appended: Appended) -> None:
        """What a commit changed: newest events, ledgers, quarantine."""
        for event in appended.stored:
            known = self._known.get(event.device_id)
            if known is None:
                known = self._of(event.device_id)
                self._mark(event.device_id)
            known.last_event = event
        for stream in appended.streams:
            self._take_stream(stream)
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

    def ledgers(self) -> list[Ledger]:
        """The proof of completeness of every device, by name."""
        return [_ledger(self._known[device_id]) for device_id in sorted(self._known)]

    def require_part(self, device_id: str, part: str) -> None:
        """Raises `UnknownDevice` or `NoSuchPart` where a command for `part` makes no sense."""
        device = self.one(device_id)
        if part not in device.capabilities:
            raise NoSuchPart(device_id, part, tuple(device.capabilities))

    def require_online(self, device_id: str) -> None:
        """Raises `DeviceUnreachable` where a command would not arrive."""
        state = self._state(self._known[device_id])
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
            for known in self._known.values():
                if known.told_state is not None and self._state(known) != known.told_state:
                    self._tell(known)

    async def save(self) -> bool:
        """Writes down what has changed; false when the database refused, and the changes wait for the next time."""
        changed, self._unsaved = self._unsaved, set()
        rows = [_row(self._known[device_id]) for device_id in sorted(changed)]
        proofs = [
            known.streams[known.heartbeat.stream_id]
            for known in (self._known[row.device_id] for row in rows)
            if known.heartbeat is not None and known.heartbeat.stream_id in known.streams
        ]

        def work(connection: Connection) -> None:
            save_devices(connection, rows)
            save_proofs(connection, proofs)

        try:
            await self._store.write(work)
        except StoreUnavailable as error:
            log.warning("devices were not written down, trying again reason=%s", error)
            self._unsaved |= changed
            return False
        return True

    def _of(self, device_id: str) -> _Known:
        known = self._known.get(device_id)
        if known is None:
            known = _Known(device_id)
            if len(self._known) < MAX_DEVICES:
                self._known[device_id] = known
            elif not self._is_full:
                self._is_full = True
                log.warning("more than %d devices: further ones are not listed device=%s", MAX_DEVICES, device_id)
        return known

    def _mark(self, device_id: str) -> None:
        if device_id not in self._known:
            return
        self._untold.add(device_id)
        self._unsaved.add(device_id)
        self._wake.set()
        self._wake_saver.set()

    def _tell(self, known: _Known) -> None:
        device = self._device(known)
        known.told_state = device.state
        self._live.tell("device", device)

    def _take_stream(self, stream: Stream) -> None:
        """What the tables say. Of heartbeats memory knows more: the newest is written down later."""
        known = self._of(stream.device_id)
        before = known.streams.get(stream.stream_id)
        if before is not None and before.last_proof_at_ms is not None:
            stream = replace(stream, accepted_seq=before.accepted_seq, last_proof_at_ms=before.last_proof_at_ms)
        self._keep_stream(known, stream)

    def _keep_stream(self, known: _Known, stream: Stream) -> None:
        known.streams[stream.stream_id] = stream
        if stream.stream_id != NO_STREAM:
            known.newest_stream = stream.stream_id
        missing = stream.missing
        if not missing:
            known.missing_since = None
        elif known.missing_since is None:
            known.missing_since = self._clock.monotonic()

    def _state(self, known: _Known) -> DeviceState:
        if known.status is None:
            return "unknown"
        if known.status.state == "offline":
            return "offline"
        return "online" if self._clock.monotonic() - known.heard_at <= SILENT_AFTER_S else "silent"

    def _device(self, known: _Known) -> Device:
        state, age_s = self._state(known), self._beat_age_s(known)
        return Device(
            device_id=known.device_id,
            state=state,
            status=known.status,
            heartbeat=known.heartbeat,
            heartbeat_at=known.heartbeat_at,
            heartbeat_age_s=None if age_s is None else round(age_s, 3),
            capabilities=list(known.status.capabilities) if known.status else [],
            states=known.states,
            health=list(self._troubles(known, state)),
            ledger=_ledger(known),
            last_event=known.last_event,
        )

    def _beat_age_s(self, known: _Known) -> float | None:
        """How old the last heartbeat is. By the wall clock only over a restart: it may have jumped meanwhile."""
        if known.beat_at is not None:
            return self._clock.monotonic() - known.beat_at
        if known.heartbeat_at is None:
            return None
        return max(0.0, (self._clock.now() - known.heartbeat_at).total_seconds())

    def _troubles(self, known: _Known, state: DeviceState) -> Iterable[Trouble]:
        if state == "silent":
            yield Trouble(code="silent", detail=f"no heartbeat for {SILENT_AFTER_S:g} s; check its power and its network")
        elif state == "offline":
            yield Trouble(code="offline", detail="it has said goodbye, or the broker has lost it")
        for fault in (part.get("fault") for part in known.states.values()):
            if isinstance(fault, str) and fault:
                yield Trouble(code="fault", detail=fault)
        beat = known.heartbeat
        if beat is not None:
            yield from _beat_troubles(beat)
        if known.missing_since is not None and self._clock.monotonic() - known.missing_since >= MISSING_GRACE_S:
            yield Trouble(code="missing_events", detail=f"{_ledger(known).missing} events of its log have not arrived")


def _beat_troubles(beat: Heartbeat) -> Iterable[Trouble]:
    for fault in beat.faults:
        yield Trouble(code="fault", detail=fault)
    if beat.throttled:
        yield Trouble(code="throttled", detail="under-voltage or heat has slowed it down; check its power supply")
    if beat.disk_free_bytes is not None and beat.disk_free_bytes < LOW_DISK_BYTES:
        yield Trouble(code="disk_low", detail=f"{beat.disk_free_bytes // 1_000_000} MB are free on its card")
    if beat.clock is ClockQuality.UNSYNCED:
        yield Trouble(code="clock_unsynced", detail="its clock has not been set; times of its events are those of arrival")


def _ledger(known: _Known) -> Ledger:
    stream_id = known.heartbeat.stream_id if known.heartbeat else known.newest_stream
    stream = known.streams.get(stream_id or NO_STREAM) or Stream(known.device_id, stream_id or NO_STREAM)
    return Ledger(
        device_id=known.device_id,
        stream_id=stream_id,
        accepted=stream.accepted_seq,
        stored=stream.stored,
        through_seq=stream.through_seq,
        missing=stream.missing,
        late=stream.late,
        quarantined=known.quarantined,
        last_proof_at=None if stream.last_proof_at_ms is None else from_unix_ms(stream.last_proof_at_ms),
    )


def _row(known: _Known) -> DeviceRow:
    return DeviceRow(
        device_id=known.device_id,
        status=None if known.status is None else known.status.model_dump(mode="json"),
        heartbeat=None if known.heartbeat is None else known.heartbeat.model_dump(mode="json"),
        heartbeat_at_ms=None if known.heartbeat_at is None else to_unix_ms(known.heartbeat_at),
        states=known.states,
    )
