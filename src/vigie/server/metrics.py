"""The figures that Prometheus reads at `/metrics`; one registry per application."""

from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from vigie.domain.guard import SiteStage
from vigie.protocol.uplink import BridgeHealth
from vigie.server.api.alarm_schemas import SiteAlarm
from vigie.server.api.recording_schemas import MediaRoom
from vigie.server.api.schemas import Ledger
from vigie.server.store.events import Appended

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Counters that are counted as things happen, and gauges that are read when Prometheus asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.ingest_seconds = Histogram(
            "vigie_ingest_seconds", "From a body of events to its commit.", buckets=_SECONDS, registry=self.registry
        )
        self._stored = self._counter("vigie_events_stored", "Events stored.")
        self._duplicates = self._counter("vigie_events_duplicate", "Events that were stored already.")
        self._quarantined = self._counter("vigie_events_quarantined", "Items kept in the quarantine.")
        self._late = self._counter("vigie_events_late", "Stored events that were older than 120 s.")
        self._alerts_open = self._gauge("vigie_alerts_open", "Alerts that nobody has acknowledged.")
        self._browsers = self._gauge("vigie_sockets_connected", "Browsers on the default namespace.")
        self._bridges = self._gauge("vigie_bridges_connected", "Bridges on the namespace /bridge.")
        self._spool = self._gauge("vigie_bridge_spool_depth", "Events that wait in the newest bridge.")
        self._ledger = {
            name: Gauge(f"vigie_ledger_{name}", text, ["device_id"], registry=self.registry)
            for name, text in (
                ("accepted", "Events that the device has accepted, in all of its logs."),
                ("stored", "Of these, events that are stored."),
                ("missing", "Of these, events that have not arrived."),
                ("dropped", "Of these, events that the device gave up for want of room."),
                ("late", "Stored events of the device that were older than 120 s."),
                ("quarantined", "Items of the device in the quarantine."),
            )
        }
        self._recordings = self._gauge("vigie_recordings", "Recordings that can be seen.")
        self._recordings_bytes = self._gauge("vigie_recordings_bytes", "What recordings and stills take on the disk.")
        self._recordings_free = self._gauge("vigie_recordings_disk_free_bytes", "What is free on their disk.")
        self._unfinished = self._gauge("vigie_recordings_unfinished", "Clips that have arrived and are not yet made an MP4.")
        self._viewers = self._gauge("vigie_live_viewers", "Who looks at live pictures.")
        self._watching = self._gauge("vigie_alarm_watching", "1 while everything that guards the site is known to be well.")
        self._alarm_state = Gauge(
            "vigie_alarm_state", "1 for the state of the device's alarm.", ["device_id", "state"], registry=self.registry
        )
        self._proof_age = Gauge(
            "vigie_ledger_proof_age_seconds",
            "How long ago the device last said how far its log goes.",
            ["device_id"],
            registry=self.registry,
        )

    def count(self, appended: Appended) -> None:
        """Counts what became of a batch."""
        self._stored.inc(len(appended.stored))
        self._duplicates.inc(len(appended.duplicates))
        self._quarantined.inc(sum(appended.quarantined.values()))
        self._late.inc(sum(event.late for event in appended.stored))

    def see_media(self, room: MediaRoom, *, unfinished: int, viewers: int) -> None:
        """The figures of recordings and live views, as they are now."""
        self._recordings.set(room.count)
        self._recordings_bytes.set(room.used_bytes)
        self._recordings_free.set(room.free_bytes)
        self._unfinished.set(unfinished)
        self._viewers.set(viewers)

    def text(
        self,
        *,
        ledgers: Iterable[Ledger],
        now: datetime,
        alerts_open: int,
        browsers: int,
        bridges: int,
        health: BridgeHealth | None,
        alarm: SiteAlarm,
    ) -> bytes:
        """The page for Prometheus, with the gauges as given."""
        self._alerts_open.set(alerts_open)
        self._browsers.set(browsers)
        self._bridges.set(bridges)
        self._spool.set(health.spool_depth if health else 0)
        self._watching.set(alarm.watching)
        for device in alarm.devices:
            for state in get_args(SiteStage):
                self._alarm_state.labels(device.device_id, state).set(device.state == state)
        for ledger in ledgers:
            for name, gauge in self._ledger.items():
                figure = getattr(ledger, name)
                if figure is not None:
                    gauge.labels(ledger.device_id).set(figure)
            if ledger.last_proof_at is not None:
                age_s = (now - ledger.last_proof_at).total_seconds()
                self._proof_age.labels(ledger.device_id).set(max(0.0, age_s))
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
