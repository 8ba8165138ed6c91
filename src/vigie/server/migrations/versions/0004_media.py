"""Clips and stills."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds `media`."""
    op.create_table(
        "media",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("work", sa.String(8)),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("heard_at_ms", sa.BigInteger, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("triggered_after_ms", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("cause_kind", sa.String(16), nullable=False),
        sa.Column("cause_event_id", sa.String(64)),
        sa.Column("cause_zone", sa.String(64)),
        sa.Column("angle_deg", sa.Float),
        sa.Column("preset", sa.String(64)),
        sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("container", sa.String(8)),
        sa.Column("has_poster", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("note", sa.Text),
        sa.Column("deleted_at_ms", sa.BigInteger),
        sa.Column("deleted_reason", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
    )
    op.create_index("ix_media_kind_at_ms_id", "media", ["kind", "at_ms", "id"])
    op.create_index("ix_media_kind_device_id_at_ms_id", "media", ["kind", "device_id", "at_ms", "id"])
    op.create_index("ix_media_cause_event_id", "media", ["cause_event_id"])
    op.create_index("ix_media_state", "media", ["state"])
