"""Writes the golden databases of a release as SQL dumps: what its own code makes of an ordinary week.

It uses the programs' present parts. To remember a release before its schema changes, commit what this writes:

    python -m tests.upgrade.write_golden tests/upgrade/golden

A file of an earlier release is never written again: it is what owners have.
"""

import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from vigie.agent.log_file import Draft, LogFile
from vigie.bridge.intake import rows_of
from vigie.bridge.spool_file import Received, SpoolFile
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Heartbeat, Mode, ModeRecord
from vigie.server.ingest import parse_many
from vigie.server.store.alerts import acknowledge
from vigie.server.store.database import open_database
from vigie.server.store.devices import DeviceRow, save_devices
from vigie.server.store.events import append
from vigie.server.store.site import save_mode
from vigie.server.store.streams import Stream, save_proofs

STREAM = "9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f"
BOOTS = ("5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11", "b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69")
START = datetime(2026, 11, 23, 6, 58, tzinfo=UTC)
MODE = ModeRecord(mode=Mode.SURVEILLANCE, stamp=(1763881200000, 2, "bridge-01"), changed_by="agnès", changed_at=START)


def draft(number: int) -> Draft:
    """The event of that number: two sensors by turns, a reboot after 12, whose clock is not set before 16."""
    sensor, active, words = (
        ("motion", "motion_detected", ("detected", "ended"))
        if number % 3
        else ("button", "button_pressed", ("pressed", "released"))
    )
    is_active = number % 2 == 1
    is_unsynced = 12 < number < 16
    happened_at = START + timedelta(seconds=97 * number, milliseconds=number)
    return Draft(
        id=f"019ab34c-0000-7000-8000-{number:012d}",
        sensor=sensor if number != 9 else "porte-cave",
        kind=None if number != 9 else sensor,
        type=active if is_active else {"motion": "motion_ended", "button": "button_released"}[sensor],
        body={"confidence": 0.95, "location": "entrée, côté jardin", "state": words[0] if is_active else words[1]},
        occurred_at=None if is_unsynced else happened_at,
        mono_ms=(97_000 * number + number) if number <= 12 else 97_000 * (number - 12),
        boot_id=BOOTS[0] if number <= 12 else BOOTS[1],
        clock=ClockQuality.UNSYNCED if is_unsynced else ClockQuality.HOLDOVER if number == 7 else ClockQuality.SYNCED,
    )


def write_agent(path: Path) -> None:
    """A log of 30 events, the first 21 acknowledged, with everything else that a Pi keeps."""
    LogFile(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE streams SET stream_id = ?", (STREAM,))
    log = LogFile(path)
    for first in range(1, 31, 5):
        log.append(draft(number) for number in range(first, first + 5))
    log.put_acked_through(STREAM, 21)
    log.put_value("mode", MODE.model_dump_json())
    log.put_value("servo_deg", "-30.0")
    log.put_command("c0ffee-1", {"status": "done", "reason": None, "angle_deg": -30.0})
    log.put_command("c0ffee-2", {"status": "rejected", "reason": "no such preset: 'grenier'"})
    log.close()


def write_spool(path: Path) -> None:
    """A spool that has delivered 12 events and holds 18 of ours, two of a third party and one that is no event."""
    spool = SpoolFile(path)
    for number in range(1, 31):
        one = draft(number)
        payload = {**one.body, "meta": meta(number)}
        topic = f"sensors/raspberry-01/{one.sensor}"
        rows = rows_of(topic, json.dumps(payload).encode(), received_at=START, new_id=lambda: "unused")
        spool.insert([Received(rows, mid=number)], BOOTS[0], 1000 * number)
    for number, payload in enumerate((b'{"value_percent": 61.5}', b'{"value_percent": 62.0}', b"\xff rubbish"), start=31):
        rows = rows_of("sensors/esp32-cellar/humidity", payload, received_at=START, new_id=lambda: f"third-{number}")  # noqa: B023
        spool.insert([Received(rows, mid=number)], BOOTS[0], 1000 * number)
    spool.delete([row.id for row in spool.after(0, 12, 1 << 20)])
    spool.park(spool.after(0, 1, 1 << 20)[0], "HTTP 422")
    spool.close()


def meta(number: int) -> dict[str, object]:
    one = draft(number)
    return {
        "v": 1,
        "id": one.id,
        "stream_id": STREAM,
        "seq": number,
        "boot_id": one.boot_id,
        "mono_ms": one.mono_ms,
        "occurred_at": None if one.occurred_at is None else one.occurred_at.isoformat(timespec="milliseconds"),
        "clock": one.clock.value,
        **({} if one.kind is None else {"kind": one.kind}),
    }


def write_server(path: Path) -> None:
    """A history of 24 of the Pi's 30 events (22 without a hole), a third party's, an alert dealt with, and what was refused."""
    database = open_database(f"sqlite:///{path}")
    with database.writing.connect() as connection:
        with connection.begin():
            save_mode(connection, MODE)
            heartbeat = Heartbeat(boot_id=BOOTS[1], beat=4, stream_id=STREAM, last_seq=30, log_depth=9)
            beat_at_ms = int(START.timestamp() * 1000)
            save_devices(
                connection, [DeviceRow("raspberry-01", {"state": "online"}, heartbeat.model_dump(mode="json"), beat_at_ms)]
            )
        for items in ([event_item(n) for n in range(1, 23)], [event_item(n) for n in (25, 27)], third_party_items()):
            with connection.begin():
                append(connection, parse_many(json.dumps(items).encode(), START + timedelta(hours=1)))
        with connection.begin():
            acknowledge(connection, 1, START + timedelta(hours=2), "agnès")
            proof = Stream("raspberry-01", STREAM, accepted_seq=30, last_proof_at_ms=beat_at_ms, seen_at_ms=beat_at_ms)
            save_proofs(connection, [proof])
    database.dispose()


def event_item(number: int) -> dict[str, object]:
    one = draft(number)
    item = {
        "id": one.id,
        "type": one.type,
        "device_id": "raspberry-01",
        "sensor": one.sensor,
        "details": one.body,
        "clock": one.clock.value,
        "late": number in (4, 5, 6),
        "stream_id": STREAM,
        "seq": number,
        "boot_id": one.boot_id,
    }
    return item if one.occurred_at is None else {**item, "occurred_at": one.occurred_at.isoformat(timespec="milliseconds")}


def third_party_items() -> list[dict[str, object]]:
    return [
        {"id": "third-1", "type": "humidity", "device_id": "esp32-cellar", "details": {"value_percent": 61.5}},
        {"id": "refused", "type": "humidity", "device_id": "NOT A DEVICE"},
        {**event_item(3), "details": {"location": "somewhere else"}},
    ]


def dump(path: Path, folder: Path) -> None:
    """Everything in the file, also what `iterdump` leaves out: the number of the schema."""
    with closing(sqlite3.connect(path)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        lines = [f"PRAGMA user_version={version};", *db.iterdump()]
        revision = version
        if path.stem == "server":
            (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
    (folder / f"{path.stem}-{revision}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        for name, write in (("agent", write_agent), ("bridge", write_spool), ("server", write_server)):
            made = Path(scratch) / f"{name}.sqlite"
            write(made)
            dump(made, Path(sys.argv[1]))
