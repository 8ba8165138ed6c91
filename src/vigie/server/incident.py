"""One ZIP about one event, for whoever has to be shown it: clips, stills, the events around it, the SHA-256 of each file."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from vigie import __version__
from vigie.protocol.camera import MediaKind
from vigie.protocol.times import from_unix_ms, iso_ms, to_unix_ms
from vigie.server.media_errors import UnknownIncident
from vigie.server.media_files import MediaFiles
from vigie.server.store.history import EventQuery, from_row, read_page
from vigie.server.store.media import MediaQuery, MediaRow, page_of_media, recording_of, still_of
from vigie.server.store.tables import alerts, events

AROUND = timedelta(minutes=10)
MAX_EVENTS = 5000
MAX_MEDIA = 200
_BLOCK = 256 * 1024
_EPOCH_OF_ZIP = datetime(1980, 1, 1)  # noqa: DTZ001 - a ZIP's times have no zone; this one is the format's own zero


@dataclass(frozen=True, slots=True)
class Incident:
    """What goes in: `texts` are made, `files` are on the disk."""

    event_id: str
    at: datetime
    texts: dict[str, str]
    files: dict[str, Path]

    def stream(self) -> Iterator[bytes]:
        """The ZIP in pieces, as they are read from the disk: never whole in memory. A file that is gone is left out, and said."""
        sink = _Sink()
        hashes: dict[str, str] = {}
        missing: list[str] = []
        with zipfile.ZipFile(sink, "w") as archive:
            for name, text in self.texts.items():
                hashes[name] = hashlib.sha256(text.encode()).hexdigest()
                archive.writestr(_entry(name, self.at, zipfile.ZIP_DEFLATED), text)
                yield sink.taken()
            for name, path in self.files.items():
                try:
                    source = path.open("rb")
                except FileNotFoundError:
                    missing.append(name)
                    continue
                digest = hashlib.sha256()
                with source, archive.open(_entry(name, self.at, zipfile.ZIP_STORED), "w", force_zip64=True) as entry:
                    while block := source.read(_BLOCK):
                        digest.update(block)
                        entry.write(block)
                        yield sink.taken()
                hashes[name] = digest.hexdigest()
            manifest = {"event_id": self.event_id, "vigie": __version__, "sha256": hashes, "missing": missing}
            archive.writestr(_entry("manifest.json", self.at, zipfile.ZIP_DEFLATED), _json(manifest))
        yield sink.taken()


def gather(connection: Connection, files: MediaFiles, event_id: str) -> Incident:
    """What there is about an event; raises `UnknownIncident` where it is neither stored nor the cause of anything."""
    query = MediaQuery(event_id=event_id, limit=MAX_MEDIA)
    clips, _ = page_of_media(connection, MediaKind.CLIP, query)
    stills, _ = page_of_media(connection, MediaKind.STILL, query)
    row = connection.execute(select(events).where(events.c.id == event_id)).one_or_none()
    if row is None and not clips and not stills:
        raise UnknownIncident(event_id)
    at = from_unix_ms(row.occurred_at_ms if row is not None else (clips or stills)[0].at_ms)
    around = read_page(connection, EventQuery(MAX_EVENTS, since=at - AROUND, until=at + AROUND)).events
    opened = connection.execute(
        select(alerts).where(alerts.c.occurred_at_ms.between(to_unix_ms(at - AROUND), to_unix_ms(at + AROUND)))
    )
    there = {f"clips/{_name(clip)}.{clip.container}": _clip_file(files, clip) for clip in clips if clip.state == "finished"}
    there |= {f"stills/{_name(still)}.jpg": files.whole(still.id, MediaKind.STILL) for still in stills}
    texts = {
        "README.txt": _readme(event_id, at, clips, len(stills)),
        "event.json": _json(None if row is None else from_row(row).model_dump(mode="json")),
        "events-around.json": _json([event.model_dump(mode="json") for event in reversed(around)]),
        "alerts-around.json": _json([dict(alert._mapping) for alert in opened]),
        "recordings.json": _json([recording_of(clip, clip.size_bytes).model_dump(mode="json") for clip in clips]),
        "stills.json": _json([still_of(still).model_dump(mode="json") for still in stills]),
    }
    return Incident(event_id, at, texts, there)


def _readme(event_id: str, at: datetime, clips: list[MediaRow], stills: int) -> str:
    gone = [clip for clip in clips if clip.state == "deleted"]
    lines = [
        "What is in this file",
        "====================",
        "",
        f"It is about one event of a Vigie house watch: {event_id}, of {iso_ms(at)} (UTC).",
        "",
        f"clips/               {len(clips) - len(gone)} videos that show it (MP4: any player; .ts: VLC)",
        f"stills/              {stills} pictures",
        "event.json           the event itself; its `decision` says why there was an alarm, or why not, step by step",
        f"events-around.json   everything that happened {AROUND.seconds // 60} minutes before and after, oldest first",
        "alerts-around.json   the alerts of that time",
        "recordings.json      of each video: camera, time, cause, where the lens pointed, whether it is whole",
        "stills.json          the same of each picture",
        "manifest.json        the SHA-256 of every file here: `sha256sum` shows whether one was changed since",
        "",
        "All times are UTC. A recording's own `sha256` is that of the bytes as the camera recorded them (MPEG-TS); the MP4 holds",
        "the same pictures, not encoded again.",
    ]
    lines += [f"Not here any more: {clip.id}, deleted ({clip.deleted_reason})." for clip in gone]
    unfinished = [clip for clip in clips if clip.state in {"recording", "uploading"}]
    lines += [f"Not here yet: {clip.id}, still {clip.state}; export again later." for clip in unfinished]
    return "\n".join(lines) + "\n"


def _clip_file(files: MediaFiles, clip: MediaRow) -> Path:
    return files.mp4(clip.id) if clip.container == "mp4" else files.whole(clip.id, MediaKind.CLIP)


def _name(row: MediaRow) -> str:
    return f"{from_unix_ms(row.at_ms):%Y-%m-%dT%H-%M-%SZ}_{row.device_id}_{row.id}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _entry(name: str, at: datetime, method: int) -> zipfile.ZipInfo:
    moment = max(at.replace(tzinfo=None), _EPOCH_OF_ZIP)
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.compress_type = method
    info.external_attr = 0o644 << 16
    return info


class _Sink:
    """A file that can only be written on: keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """There is nothing behind it."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
