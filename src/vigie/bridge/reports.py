"""What the server hears of the site over the link: hello, the devices' own words, the mode, how the bridge is."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from vigie import __version__
from vigie.bridge.acks import Acks
from vigie.bridge.broker import Broker
from vigie.bridge.downlink import Link
from vigie.bridge.mode import ModeRegister
from vigie.bridge.presence import Presence, Report
from vigie.bridge.spool import Spool
from vigie.protocol.states import Heartbeat
from vigie.protocol.uplink import BridgeHealth, BridgeHello
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

HEALTH_INTERVAL_S = 10.0


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
            answer = await link.call(report.kind, report.message.model_dump(mode="json"))
            if report.kind == "heartbeat":
                self._acknowledge(report, answer)

    def _acknowledge(self, report: Report, answer: object) -> None:
        """A device that hears how far the server is can prune, and replay what is missing: but not what is still with us.

        A server that is ahead of it is news too: its log is an old copy.
        """
        through_seq = answer.get("through_seq") if isinstance(answer, dict) else None
        heartbeat = Heartbeat.model_validate(report.message.body)
        device_id = report.message.device_id
        if heartbeat.stream_id is None or self._site.spool.holds(device_id):
            return
        if isinstance(through_seq, int) and through_seq >= 0:
            self._site.acks.offer(device_id, heartbeat.stream_id, through_seq)

    async def _mode(self, link: Link) -> None:
        while True:
            await self._mode_changed.wait()
            self._mode_changed.clear()
            await link.call("mode", self._site.mode.record.model_dump(mode="json"))

    async def _health(self, link: Link) -> None:
        while True:
            self._broker_changed.clear()
            site = self._site
            health = BridgeHealth(
                spool_depth=site.spool.depth,
                spool_bytes=site.spool.size_bytes,
                broker_connected=site.broker.connected,
                faults=site.faults(),
            )
            await link.call("health", health.model_dump(mode="json"))
            try:
                async with asyncio.timeout(HEALTH_INTERVAL_S):
                    await self._broker_changed.wait()
            except TimeoutError:
                continue
