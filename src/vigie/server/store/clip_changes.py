"""What the Pis say of their clips, as it changes the rows: announcements by the bridge, and `clip` events from the history."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from pydantic import ValidationError
from sqlalchemy import Connection

from vigie.protocol.camera import CLIP, ClipChange, Media, MediaKind
from vigie.protocol.events import StoredEvent, explain
from vigie.protocol.times import to_unix_ms
from vigie.server.store.media import REMUX, MediaRow, get_media, put_media

log = logging.getLogger(__name__)


def announced(old: MediaRow | None, media: Media, now_ms: int) -> MediaRow:
    """The row after the Pi has said so much of it. What is finished, deleted or being finished stays as it is."""
    if old is not None and not old.is_open:
        return old
    started_at_ms = None if media.started_at is None else to_unix_ms(media.started_at)
    heard_at_ms = now_ms if old is None else old.heard_at_ms
    return MediaRow(
        id=media.id,
        kind=media.kind.value,
        device_id=media.device_id,
        state="uploading" if media.complete else "recording",
        at_ms=heard_at_ms if started_at_ms is None else started_at_ms,
        heard_at_ms=heard_at_ms,
        started_at_ms=started_at_ms,
        duration_ms=round(media.duration_s * 1000),
        triggered_after_ms=round(media.triggered_after_s * 1000),
        size_bytes=media.size_bytes,
        truncated=media.truncated,
        sha256=media.sha256,
        width=media.width,
        height=media.height,
        cause_kind=media.cause.kind.value,
        cause_event_id=media.cause.event_id,
        cause_zone=media.cause.zone,
        angle_deg=media.angle_deg,
        preset=media.preset,
        locked=old is not None and old.locked,
    )


def changed(old: MediaRow | None, event: StoredEvent, change: ClipChange) -> MediaRow | None:
    """The row after a `clip` event; None where it changes nothing. Events may come late, and after the bytes."""
    row = old or _first_heard(event, change)
    if old is not None and (old.kind != MediaKind.CLIP or old.device_id != event.device_id or not old.is_open):
        return None
    match change.state:
        case "started":
            return row if old is None else None
        case "finished":
            told = replace(row, duration_ms=_ms(change.duration_s), size_bytes=change.size_bytes, truncated=change.truncated)
            return replace(told, state="uploading")
        case "deleted":
            return _deleted(row, event, change, was_known=old is not None)


def take_clip_events(connection: Connection, stored: Iterable[StoredEvent]) -> list[MediaRow]:
    """Takes the `clip` events of a batch in; the rows that they have changed."""
    rows: dict[str, MediaRow] = {}
    for event in stored:
        if event.type != CLIP:
            continue
        try:
            change = ClipChange.model_validate(event.details)
        except ValidationError as error:
            log.debug("an event of the type clip that tells of none: event_id=%s %s", event.id, explain(error))
            continue
        row = changed(rows.get(change.clip_id) or get_media(connection, change.clip_id), event, change)
        if row is not None:
            put_media(connection, row)
            rows[row.id] = row
    return list(rows.values())


def _first_heard(event: StoredEvent, change: ClipChange) -> MediaRow:
    heard_at_ms = to_unix_ms(event.received_at)
    at_ms = to_unix_ms(event.occurred_at)
    if change.state == "finished":
        at_ms -= _ms(change.duration_s)
    return MediaRow(
        id=change.clip_id,
        kind=MediaKind.CLIP.value,
        device_id=event.device_id,
        state="recording",
        at_ms=at_ms,
        heard_at_ms=heard_at_ms,
        started_at_ms=at_ms,
        duration_ms=_ms(change.duration_s),
        size_bytes=change.size_bytes,
        truncated=change.truncated,
        cause_kind=change.cause.kind.value,
        cause_event_id=change.cause.event_id,
        cause_zone=change.cause.zone,
        angle_deg=change.angle_deg,
        preset=change.preset,
    )


def _deleted(row: MediaRow, event: StoredEvent, change: ClipChange, *, was_known: bool) -> MediaRow:
    """One that we never had is gone; of one that was on its way here, what has arrived is kept."""
    reason = None if change.reason is None else change.reason.value
    if was_known:
        told = f"the Pi deleted it ({reason or 'no reason given'}) before all of it was here: this is what had arrived"
        return replace(row, state="uploading", work=REMUX, truncated=True, note=told, deleted_reason=reason)
    return replace(row, state="deleted", deleted_at_ms=to_unix_ms(event.occurred_at), deleted_reason=reason)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
