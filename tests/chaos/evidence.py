"""Gathers the evidence: waits until nothing is under way, asks the server, ends the programs, looks into their files."""

import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.chaos.ledger import Ledger
from tests.chaos.reader import Reader
from tests.chaos.site import NotInTime, Site, until
from tests.chaos.verdict import Evidence, LogRow


async def settle(site: Site, ledger: Ledger, reader: Reader, within_s: float) -> float | None:
    """Waits until all is stored and the server's ledger says so; the seconds that it took, None when it was not in time."""
    began = time.monotonic()
    newest: Counter[tuple[str, str]] = Counter()
    for event in ledger.events.values():
        key = (event.device_id, event.stream_id)
        newest[key] = max(newest[key], event.seq)

    async def settled() -> bool:
        if not site.third_party_accepted <= reader.third_party or not ledger.events.keys() <= reader.seen.keys():
            return False
        told = {entry["device_id"]: entry for entry in (await site.get("/api/ledger"))["devices"]}
        return all(device in told and told[device]["missing"] == 0 for device in site.devices) and all(
            (told[device]["accepted"] or 0) >= seq for (device, _stream), seq in newest.items()
        )

    try:
        await until(settled, "everything is stored", within_s)
    except NotInTime:
        return None
    return time.monotonic() - began


async def gather(site: Site, ledger: Ledger, reader: Reader, third_party_published: int) -> Evidence:
    """The site is stopped after this."""
    stored = await site.pages("/api/events", "events")
    alerts = await site.alerts()
    api_ledger = (await site.get("/api/ledger"))["devices"]
    with suppress(NotInTime):  # the verdict names what it has not seen
        await until(lambda: _caught_up(reader, stored), "the reader has caught up", 10.0)
    await site.stop()
    logs: list[LogRow] = []
    newest: dict[str, int] = {}
    cut: set[str] = set()
    for device in site.devices:
        newest[device] = 0
        for file in sorted(site.data(device).glob("events.sqlite*")):
            if not file.name.endswith(("-wal", "-shm")):
                rows, last = _read_log(file, device)
                logs += rows
                newest[device] += last
                if len(rows) < last:
                    cut.add(device)
    return Evidence(
        devices=site.devices,
        ledger=ledger.events,
        logs=logs,
        newest=newest,
        cut_logs=frozenset(cut),
        stored=stored,
        alerts=alerts,
        api_ledger=api_ledger,
        seen={id_: cursor for id_, (cursor, _at) in reader.seen.items()},
        seen_twice=reader.repeated,
        integrity={str(file.relative_to(site.folder)): _integrity(file) for file in _databases(site.folder / "data")},
        third_party_accepted=frozenset(site.third_party_accepted),
        third_party_published=third_party_published,
    )


async def _caught_up(reader: Reader, stored: list[dict[str, Any]]) -> bool:
    return not stored or reader.cursor >= stored[-1]["cursor"]


def _read_log(file: Path, device: str) -> tuple[list[LogRow], int]:
    """The rows, and the newest number that was ever given."""
    with closing(sqlite3.connect(file)) as db:
        rows = [LogRow(device, id_, type_) for id_, type_ in db.execute("SELECT id, type FROM events")]
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
            return rows, len(rows)  # a control's log
        newest = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return rows, int(newest[0]) if newest else 0


def _databases(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.read_bytes()[:16] == b"SQLite format 3\0"]


def _integrity(file: Path) -> str:
    with closing(sqlite3.connect(file)) as db:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])
