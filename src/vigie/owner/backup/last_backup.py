"""A note beside the server's database of when it was last backed up, for `vigie doctor`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, ago, ok, warning
from vigie.protocol.times import iso_ms

NOTE = "last-backup.json"
OLD = timedelta(days=30)
_MEND = "`vigie backup FILE`, and keep the file on another machine"


def note_backup(folder: Path, made_at: datetime, target: Path, *, sealed: bool) -> None:
    """Raises `OSError`."""
    fresh = folder / f".{NOTE}.new"
    fresh.write_text(json.dumps({"made_at": iso_ms(made_at), "file": str(target), "sealed": sealed}) + "\n", encoding="utf-8")
    fresh.replace(folder / NOTE)


def backup_age(examined: Examined) -> Iterator[Finding]:
    """How old the newest backup is; only where there is a server, whose history is nowhere else."""
    database = examined.places.database
    if database is None:
        return
    note = _read(database.with_name(NOTE))
    if note is None:
        yield warning("backup", "none was ever made of this server's history", _MEND)
        return
    made_at, where = note
    age = examined.clock.now() - made_at
    seen = f"made {ago(age.total_seconds())}, into {where}"
    yield warning("backup", seen, _MEND) if age > OLD else ok("backup", seen)


def _read(path: Path) -> tuple[datetime, str] | None:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return datetime.fromisoformat(note["made_at"]).astimezone(UTC), str(note["file"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
