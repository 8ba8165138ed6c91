"""Control: a server whose database knows no unique keys, so that an upload is stored as often as it comes."""

import re
import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine

from vigie.cli import main


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def without_unique_keys(_connection, _cursor, statement, parameters, _context, _executemany):
    if re.match(r"\s*INSERT INTO (events|alerts) ", statement):
        return statement.replace(" ON CONFLICT DO NOTHING", ""), parameters
    if re.match(r"\s*CREATE (TABLE (events|alerts)|UNIQUE INDEX)", statement):
        statement = re.sub(r",\s*(CONSTRAINT \w+ )?UNIQUE \([^)]*\)", "", statement)
        statement = statement.replace("CREATE UNIQUE INDEX", "CREATE INDEX")
    return statement, parameters


sys.exit(main())
