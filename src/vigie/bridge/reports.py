"""What the server hears of the site over the link: hello, the devices' own words, the mode, how the bridge is."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from vigie import __version__
from vigie.bridge.acks import Acks
from vigie.bridge.broker import Broker
from vigie.bridge.downlink import Link
from vigie.bridge.mode import ModeRegister
from vigie.bridge.presence import Presence, Report
from vigie.bridge.spool import Spool
from vigie.protocol.events import explain
from vigie.protocol.states import Heartbeat
from vigie.protocol.uplink import BridgeHealth, BridgeHello, HeartbeatAnswer
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

HEALTH_INTERVAL_S = 10.0
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Site:
    """What the reports are about: the bridge's own parts."""

    broker: Broker
    presence: Presence
    mode: ModeRegister
    spool: Spool
    acks: Acks
    faults: Callable[[], tuple[str, ...]]


class Reports:
    """One session of reports. Everything is said again on each new link, because a new server knows nothing."""

    def __init__(self, site: Site, clock: Clock, *, bridge_id: str, on_linked: Callable[[], None]) -> None:
        self._site = site
        self._clock = clock
        self._bridge_id = bridge_id
        self._on_linked = on_linked
        self._mode_changed = asyncio.Event()
        self._broker_changed = asyncio.Event()
        site.mode.on_change = self._mode_changed.set
        site.broker.on_change(lambda _connected: self._broker_changed.set())

    async def session(self, link: Link) -> None:
        """For `ServerLink.keep`."""
        self._on_linked()
        await link.call("hello", BridgeHello(bridge_id=self._bridge_id, version=__version__).model_dump(mode="json"))
        self._site.presence.repeat_all()
        self._mode_changed.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._devices(link), name="device reports")
            group.create_task(self._mode(link), name="mode reports")
            group.create_task(self._health(link), name="health reports")

    async def _devices(self, link: Link) -> None:
        while True:
            report = await self._site.presence.next_report()
            asked_at_s = self._clock.monotonic()
            answer = await link.call(report.kind, report.message.model_dump(mode="json"))
            if report.kind == "heartbeat":
                await self._acknowledge(report, answer, asked_at_s)

    async def _acknowledge(self, report: Report, answer: object, asked_at_s: float) -> None:
        """A device that hears how far the server is can prune, and replay what is missing: but not what is still with us.

        A server that is ahead of it, or behind of what it was, is news too: it is passed on as it is.
        """
        heartbeat = Heartbeat.model_validate(report.message.body)
        device_id, stream_id = report.message.device_id, heartbeat.stream_id
        try:
            told = HeartbeatAnswer.model_validate(answer)
        except ValidationError as error:
            log.debug("no answer to a heartbeat: device=%s %s", device_id, explain(error))
            return
        if stream_id is None or await self._site.spool.holds(device_id, stream_id, told.through_seq + 1):
            return
        self._site.acks.offer(device_id, stream_id, told.through_seq, told.event_id, asked_at_s=asked_at_s)

    async def _mode(self, link: Link) -> None:
        while True:
            await self._mode_changed.wait()
            self._mode_changed.clear()
            await link.call("mode", self._site.mode.record.model_dump(mode="json"))

    async def _health(self, link: Link) -> None:
        """At each change of the broker's connection or of the faults, and every `HEALTH_INTERVAL_S`."""
        while True:
            self._broker_changed.clear()
            site = self._site
            health = BridgeHealth(
                spool_depth=site.spool.depth,
                spool_bytes=site.spool.holdings.size_bytes,
                broker_connected=site.broker.connected,
                faults=site.faults(),
            )
            await link.call("health", health.model_dump(mode="json"))
            for _ in range(int(HEALTH_INTERVAL_S / _LOOK_EVERY_S)):
                try:
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await self._broker_changed.wait()
                        break
                except TimeoutError:
                    if site.faults() != health.faults:
                        break
