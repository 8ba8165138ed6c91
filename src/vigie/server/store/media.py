"""Clips and stills in their table: what is known of each, pages of them, what takes room."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from vigie.domain.keeping import DAY_MS, Kept
from vigie.protocol.camera import Cause, CauseKind, DeletionReason, MediaKind
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.recording_schemas import Recording, RecordingDay, Still
from vigie.server.media_errors import UnknownRecording
from vigie.server.store.database import upsert
from vigie.server.store.tables import events, media

REMUX = "remux"
"""The `work` of a clip whose bytes are all here, or as many of them as will ever come."""
VISIBLE = ("recording", "uploading", "finished")


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A row of the table."""

    id: str
    kind: str
    device_id: str
    state: str
    at_ms: int
    heard_at_ms: int
    cause_kind: str
    work: str | None = None
    started_at_ms: int | None = None
    duration_ms: int = 0
    triggered_after_ms: int = 0
    size_bytes: int = 0
    truncated: bool = False
    sha256: str | None = None
    width: int = 0
    height: int = 0
    cause_event_id: str | None = None
    cause_zone: str | None = None
    angle_deg: float | None = None
    preset: str | None = None
    locked: bool = False
    container: str | None = None
    has_poster: bool = False
    note: str | None = None
    deleted_at_ms: int | None = None
    deleted_reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether bytes of it are still wanted."""
        return self.state in {"recording", "uploading"} and self.work is None


@dataclass(frozen=True, slots=True)
class MediaQuery:
    """Which clips or stills; times are of their beginning, both inclusive. `before`: only older than this one."""

    device_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    event_id: str | None = None
    before: str | None = None
    limit: int = 100


_NAMES = [field.name for field in fields(MediaRow)]


def get_media(connection: Connection, media_id: str) -> MediaRow | None:
    """What is known of it."""
    row = connection.execute(select(media).where(media.c.id == media_id)).one_or_none()
    return None if row is None else MediaRow(**row._mapping)


def put_media(connection: Connection, row: MediaRow) -> None:
    """Adds it, or replaces what was known of it."""
    statement = upsert(connection, media)
    updates = {name: statement.excluded[name] for name in _NAMES if name != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=updates), asdict(row))


def page_of_media(connection: Connection, kind: MediaKind, query: MediaQuery) -> tuple[list[MediaRow], str | None]:
    """Newest first, and the `before` of the next page. Raises `UnknownRecording` for a `before` that never was."""
    statement = _filtered(connection, select(media).where(media.c.kind == kind.value), query)
    if kind is MediaKind.STILL:
        statement = statement.where(media.c.state == "finished")
    if query.before is not None:
        last = get_media(connection, query.before)
        if last is None:
            raise UnknownRecording(query.before)
        statement = statement.where(or_(media.c.at_ms < last.at_ms, and_(media.c.at_ms == last.at_ms, media.c.id < last.id)))
    statement = statement.order_by(media.c.at_ms.desc(), media.c.id.desc()).limit(query.limit + 1)
    rows = [MediaRow(**row._mapping) for row in connection.execute(statement)]
    return rows[: query.limit], rows[query.limit - 1].id if len(rows) > query.limit else None


def count_days(connection: Connection, query: MediaQuery, utc_offset_min: int) -> list[RecordingDay]:
    """Per day of that offset: how many clips there are to see, how long they are together, how many are locked."""
    day = ((media.c.at_ms + utc_offset_min * 60_000) // DAY_MS).label("day")
    locked = func.sum(case((media.c.locked, 1), else_=0))
    statement = (
        select(day, func.count(), func.sum(media.c.duration_ms), locked)
        .where(media.c.kind == MediaKind.CLIP.value, media.c.state.in_(VISIBLE))
        .group_by(day)
        .order_by(day)
    )
    return [
        RecordingDay(day=date(1970, 1, 1) + timedelta(days=int(number)), count=count, duration_s=int(ms) / 1000, locked=int(held))
        for number, count, ms, held in connection.execute(_filtered(connection, statement, query))
    ]


def kept_media(connection: Connection, kind: MediaKind | None = None) -> list[Kept]:
    """Everything that takes room."""
    columns = (media.c.id, media.c.at_ms, media.c.size_bytes, media.c.locked, media.c.state)
    statement = select(*columns).where(media.c.state.in_(VISIBLE))
    if kind is not None:
        statement = statement.where(media.c.kind == kind.value)
    return [
        Kept(row.id, row.at_ms, row.size_bytes, row.locked, arriving=row.state != "finished")
        for row in connection.execute(statement)
    ]


def open_media(connection: Connection) -> list[MediaRow]:
    """What is not finished: bytes are missing, or there is work left with them. The oldest first."""
    statement = select(media).where(media.c.state.in_(("recording", "uploading"))).order_by(media.c.at_ms, media.c.id)
    return [MediaRow(**row._mapping) for row in connection.execute(statement)]


def newest_still(connection: Connection, device_id: str) -> MediaRow | None:
    """The last still of a device that is here."""
    statement = (
        select(media)
        .where(media.c.kind == MediaKind.STILL.value, media.c.device_id == device_id, media.c.state == "finished")
        .order_by(media.c.at_ms.desc(), media.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else MediaRow(**row._mapping)


def ids_known(connection: Connection, ids: Sequence[str]) -> dict[str, MediaRow]:
    """Those of these ids that have a row."""
    rows = connection.execute(select(media).where(media.c.id.in_(ids)))
    return {row.id: MediaRow(**row._mapping) for row in rows}


def recording_of(row: MediaRow, received_bytes: int) -> Recording:
    """The row of a clip as the API gives it."""
    return Recording(
        id=row.id,
        device_id=row.device_id,
        state=row.state,
        started_at=_moment(row.started_at_ms),
        received_at=from_unix_ms(row.heard_at_ms),
        duration_s=row.duration_ms / 1000,
        triggered_after_s=row.triggered_after_ms / 1000,
        size_bytes=row.size_bytes,
        received_bytes=received_bytes,
        truncated=row.truncated,
        cause=_cause(row),
        angle_deg=row.angle_deg,
        preset=row.preset,
        width=row.width,
        height=row.height,
        locked=row.locked,
        sha256=row.sha256,
        container=row.container,
        has_poster=row.has_poster,
        note=row.note,
        deleted_at=_moment(row.deleted_at_ms),
        deleted_reason=None if row.deleted_reason is None or row.state != "deleted" else DeletionReason(row.deleted_reason),
    )


def still_of(row: MediaRow) -> Still:
    """The row of a still as the API gives it."""
    return Still(
        id=row.id,
        device_id=row.device_id,
        taken_at=_moment(row.started_at_ms),
        received_at=from_unix_ms(row.heard_at_ms),
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        cause=_cause(row),
        angle_deg=row.angle_deg,
        preset=row.preset,
        sha256=row.sha256,
    )


def _cause(row: MediaRow) -> Cause:
    return Cause(kind=CauseKind(row.cause_kind), event_id=row.cause_event_id, zone=row.cause_zone)


def _moment(unix_ms: int | None) -> datetime | None:
    return None if unix_ms is None else from_unix_ms(unix_ms)


def _filtered(connection: Connection, statement: Select[Any], query: MediaQuery) -> Select[Any]:
    if query.device_id is not None:
        statement = statement.where(media.c.device_id == query.device_id)
    if query.since is not None:
        statement = statement.where(media.c.at_ms >= to_unix_ms(query.since))
    if query.until is not None:
        statement = statement.where(media.c.at_ms <= to_unix_ms(query.until))
    if query.event_id is not None:
        statement = statement.where(_of_event(connection, query.event_id))
    return statement


def _of_event(connection: Connection, event_id: str) -> ColumnElement[bool]:
    """Caused by this event, or of its device and of its moment: what trips while a clip is recorded makes that one longer."""
    caused = media.c.cause_event_id == event_id
    event = connection.execute(select(events.c.device_id, events.c.occurred_at_ms).where(events.c.id == event_id)).one_or_none()
    if event is None:
        return caused
    shows = and_(
        media.c.kind == MediaKind.CLIP.value,
        media.c.device_id == event.device_id,
        media.c.at_ms <= event.occurred_at_ms,
        media.c.at_ms + media.c.duration_ms >= event.occurred_at_ms,
    )
    return or_(caused, shows)
