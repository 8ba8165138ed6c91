"""Control: an agent whose log numbers its rows by what is in it now. Pruned of what is acknowledged, it begins at 1 again.

The real agent would notice at the next ack, which names an event that its log does not have, and begin a new stream. So
this one also believes every ack: as an agent does that only knows numbers.
"""

import sqlite3
import sys

from vigie.agent import event_log
from vigie.cli import main

_connect, _judge = sqlite3.connect, event_log.judge


class Forgetful(sqlite3.Connection):
    def execute(self, sql, *parameters):
        sql = sql.replace("SELECT seq FROM sqlite_sequence WHERE name = 'events'", "SELECT coalesce(max(rowid), 0) FROM events")
        return super().execute(sql.replace("AUTOINCREMENT", ""), *parameters)

    def executescript(self, script):
        return super().executescript(script.replace("AUTOINCREMENT", ""))


def connect_and_prune(path, *arguments, **options):
    options["factory"] = Forgetful
    db = _connect(path, *arguments, **options)
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone() and "mode=ro" not in str(path):
        (acked,) = db.execute("SELECT max(value) FROM values_by_name WHERE name = 'acked_through'").fetchone()
        db.execute("DELETE FROM events WHERE rowid <= ?", (int(acked or 0),))
        db.commit()
    return db


def believe(ack, mark, *others):
    return _judge(ack.model_copy(update={"event_id": None, "through_seq": min(ack.through_seq, mark.last_seq)}), mark, *others)


sqlite3.connect = connect_and_prune
event_log.judge = believe
sys.exit(main())
