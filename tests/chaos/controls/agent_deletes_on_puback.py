"""Control: an agent that takes a PUBACK for a promise, and deletes the event from its log. Everything else is the real agent."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from vigie.cli import main
from vigie.runtime.mqtt import Connection

_publish = Connection.publish


async def publish_and_forget(self, topic, payload, **options):
    taken = await _publish(self, topic, payload, **options)
    if topic.startswith("sensors/"):
        with closing(sqlite3.connect(Path(os.environ["VIGIE_DATA"]) / "events.sqlite")) as db, db:
            db.execute("DELETE FROM events WHERE id = ?", (json.loads(payload)["meta"]["id"],))
    return taken


Connection.publish = publish_and_forget
sys.exit(main())
