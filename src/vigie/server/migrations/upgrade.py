"""Runs the migrations on an open connection, all of them in one transaction."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from vigie.server.store.tables import metadata


def upgrade_to_head(connection: Connection) -> None:
    """Brings the database to the newest revision, or leaves it as it was."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head() or "base"

    def steps(revision: Any, _context: object) -> Any:
        return script._upgrade_revs(head, revision)

    with EnvironmentContext(config, script, fn=steps) as environment, connection.begin():
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
        environment.run_migrations()
