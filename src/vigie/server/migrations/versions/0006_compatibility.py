"""Which versions may work on this database beside the newest: what an upgrade that is rolled back comes home to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds `compatibility`. A later migration that a server of 0006 could not live with sets `oldest_revision` to its own."""
    table = op.create_table("compatibility", sa.Column("oldest_revision", sa.String(8), nullable=False))
    op.bulk_insert(table, [{"oldest_revision": revision}])
