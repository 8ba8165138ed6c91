"""Numbers that will never be stored are accounted for; the event at each mark is known; one trouble alert per device."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds `skips`, what `streams` counts of them, the id of the event at each mark, and an index on alerts."""
    op.create_table(
        "skips",
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("stream_id", sa.String(64), nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "stream_id", "last_seq", name="pk_skips"),
    )
    op.add_column("streams", sa.Column("through_event_id", sa.String(64), comment="the event stored under through_seq, if one is"))
    for name in ("dropped", "quarantined", "elsewhere"):
        op.add_column("streams", sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.execute(
        "UPDATE streams SET through_event_id = (SELECT id FROM events WHERE events.device_id = streams.device_id"
        " AND events.stream_id = streams.stream_id AND events.seq = streams.through_seq)"
    )
    op.create_index("ix_alerts_device_id_type_state", "alerts", ["device_id", "type", "state"])
