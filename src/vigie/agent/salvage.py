"""Events out of a damaged log: what can still be read and the server does not have goes into the new one, with its id."""

import logging
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from vigie.agent.log_file import Draft, LogFile, Row, logged
from vigie.agent.log_schema import UNREAD
from vigie.protocol.gaps import GAP

log = logging.getLogger(__name__)

_GROUP_ROWS = 500
_ROWS = """
SELECT rowid, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE rowid > ? ORDER BY rowid
"""


def unread(path: Path) -> list[Path]:
    """Damaged logs that were set aside for `path` and not carried over to their end: the agent was killed meanwhile.

    What comes over twice has its id: the server knows it.
    """
    return [marker.with_name(marker.name.removesuffix(UNREAD)) for marker in path.parent.glob(f"{path.name}.corrupt-*{UNREAD}")]


def carry_over(damaged: Path, file: LogFile) -> int:
    """Appends them to `file`, oldest first, and returns how many. The damaged log is opened read-only and left as it is."""
    count = 0
    try:
        with closing(_drafts(damaged)) as drafts:
            while group := list(islice(drafts, _GROUP_ROWS)):
                count += _append(file, group)
    except sqlite3.Error as error:  # the new file takes no more: the next start tries again
        log.warning("not all events of %s were carried over: %s", damaged, error)
    else:
        with suppress(OSError):
            damaged.with_name(damaged.name + UNREAD).unlink(missing_ok=True)
    log.info("%d events of %s were carried over into the new log", count, damaged)
    return count


def _append(file: LogFile, group: list[Draft]) -> int:
    try:
        return len(file.append(group))
    except sqlite3.IntegrityError as error:  # a value has become one that no event can have
        if len(group) == 1:
            log.info("event %s cannot be carried over: %s", group[0].id, error)
            return 0
    return sum(_append(file, [draft]) for draft in group)


def _renumbered(draft: Draft) -> Draft:
    """A `gap` names numbers of the old log: in the new one these are other events. So it only tells how many, under its own id."""
    if draft.sensor != GAP or not draft.body.get("ranges"):
        return draft
    return replace(draft, id=f"{draft.id[:56]}.carried", body={**draft.body, "ranges": []})


def _drafts(damaged: Path) -> Generator[Draft, None, None]:
    try:
        db = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        log.info("nothing can be read from %s: %s", damaged.name, error)
        return
    with closing(db):
        db.text_factory = lambda text: text.decode("utf-8", errors="replace")
        after = _acked_number(db)
        for row in _readable(db, after):
            try:
                yield _renumbered(logged(row, "").draft)
            except ValueError as error:
                log.info("event %d of %s cannot be read: %s", row[0], damaged.name, error)


def _acked_number(db: sqlite3.Connection) -> int:
    """The row through which the server has everything, as far as the damaged log can still tell."""
    try:
        (acked,) = db.execute("SELECT value FROM values_by_name WHERE name = 'acked_through'").fetchone() or ("0",)
        base = 0
        if db.execute("PRAGMA user_version").fetchone()[0] >= 2:
            (base,) = db.execute("SELECT max(base) FROM streams").fetchone()
        return int(base or 0) + int(acked)
    except (sqlite3.Error, ValueError):
        return 0


def _readable(db: sqlite3.Connection, after: int) -> Iterator[Row]:
    """The rows from the oldest on until one is on a page that cannot be read, then those from the newest back to one."""
    through = after
    try:
        for row in db.execute(_ROWS, (after,)):
            through = row[0]
            yield row
    except sqlite3.Error as error:
        log.info("the damaged log cannot be read after row %d: %s", through, error)
    else:
        return
    behind = None
    try:
        for (number,) in db.execute("SELECT rowid FROM events WHERE rowid > ? ORDER BY rowid DESC", (through,)):
            behind = number
    except sqlite3.Error:
        pass
    try:
        if behind is not None:
            yield from db.execute(_ROWS, (behind - 1,))
    except sqlite3.Error as error:
        log.info("the damaged log cannot be read from row %d on: %s", behind, error)
