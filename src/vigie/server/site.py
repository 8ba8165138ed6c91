"""The site as the server sees it: what is connected, and what ails the server, its bridges and the broker."""

from collections.abc import Iterable, Mapping
from typing import Literal

from vigie import __version__
from vigie.protocol.sensors import SENSOR_KINDS, SensorKind
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import SensorKindInfo, Site, Trouble
from vigie.server.bridges import Bridges
from vigie.server.live import LiveNews
from vigie.server.store.store import Store

WATCH_INTERVAL_S = 1.0
DEEP_SPOOL = 1000
"""So many events wait in a bridge only while this server, or the way to it, is slower than the house."""


class SiteWatch:
    """Answers what `/api/site` asks, and tells the browsers when the answer changes. `faults`: background tasks that failed."""

    def __init__(self, store: Store, bridges: Bridges, live: LiveNews, clock: Clock, faults: Mapping[str, str]) -> None:
        self._store = store
        self._bridges = bridges
        self._live = live
        self._clock = clock
        self._faults = faults

    def site(self) -> Site:
        """The site now."""
        health = self._bridges.health
        broker: Literal["connected", "absent", "unknown"] = "unknown"
        if health is not None:
            broker = "connected" if health.broker_connected else "absent"
        return Site(
            version=__version__,
            now=self._clock.now(),
            bridge="connected" if self._bridges.count else "absent",
            broker=broker,
            spool_depth=health.spool_depth if health else None,
            health=list(self.troubles()),
            sensor_kinds=_SENSOR_KINDS,
        )

    def troubles(self) -> Iterable[Trouble]:
        """What needs a hand, with what happens meanwhile."""
        if self._store.failing is not None:
            detail = f"{self._store.failing}; nothing can be stored until this is mended, events wait in the bridge and on the Pis"
            yield Trouble(code="database_failing", detail=detail)
        for task in self._faults:
            yield Trouble(code="server_fault", detail=f"a part of the server failed and was started again: {task}; see its log")
        if not self._bridges.count:
            detail = "no bridge is connected; the Pis keep their events and alarm by themselves, nothing arrives here"
            yield Trouble(code="bridge_absent", detail=detail)
        for bridge_id, health in self._bridges.reports:
            if not health.broker_connected:
                yield Trouble(code="broker_absent", detail=f"bridge {bridge_id} has no broker; the Pis keep their events")
            for fault in health.faults:
                yield Trouble(code="bridge_fault", detail=fault)
            if health.spool_depth >= DEEP_SPOOL:
                detail = f"{health.spool_depth} events wait in bridge {bridge_id}; they come in their order, alarms of now first"
                yield Trouble(code="spool_deep", detail=detail)

    async def watch_for_ever(self) -> None:
        """Tells the browsers of a change within a second."""
        told = self.site()
        while True:
            await self._clock.sleep(WATCH_INTERVAL_S)
            site = self.site()
            if site.model_copy(update={"now": told.now}) != told:
                told = site
                self._live.tell("site", site)


def _info(kind: SensorKind) -> SensorKindInfo:
    return SensorKindInfo(
        name=kind.name,
        active_type=kind.active_type,
        inactive_type=kind.inactive_type,
        label_en=kind.label_en,
        label_fr=kind.label_fr,
        inactive_label_en=kind.inactive_label_en or f"{kind.label_en}: {kind.inactive}",
        inactive_label_fr=kind.inactive_label_fr or f"{kind.label_fr} : {kind.inactive}",
        icon=kind.icon,
        guards=kind.guards,
    )


_SENSOR_KINDS = [_info(kind) for kind in SENSOR_KINDS.values()]
