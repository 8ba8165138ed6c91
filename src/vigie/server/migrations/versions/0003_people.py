"""People with PINs, the attempts that failed, the audit log; alerts that no banner shows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Adds `people`, `pin_attempts`, `audit`, and `silent` to `alerts`."""
    op.create_table(
        "people",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("pin_hash", sa.String(128), nullable=False),
        sa.Column("duress_hash", sa.String(128)),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_people"),
    )
    op.create_table(
        "pin_attempts",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_failed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("boot_id", sa.String(64), nullable=False),
        sa.Column("mono_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pin_attempts"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ROW_NUMBER, nullable=False, autoincrement=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.add_column("alerts", sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()))
