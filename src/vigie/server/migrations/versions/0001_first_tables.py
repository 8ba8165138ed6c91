"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From nothing to events, devices, alerts, quarantine and site."""
    _events()
    _counts()
    _devices()
    _alerts()
    _quarantine()
    op.create_table(
        "site",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_site"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("cursor", _ROW_NUMBER, nullable=False, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("sensor", sa.String(32), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("occurred_at_ms", sa.BigInteger, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.Column("clock", sa.String(8), nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("stream_id", sa.String(64)),
        sa.Column("seq", sa.BigInteger),
        sa.Column("boot_id", sa.String(64)),
        sa.PrimaryKeyConstraint("cursor", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sa.UniqueConstraint("device_id", "stream_id", "seq", name="uq_events_device_id_stream_id_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_device_id_cursor", "events", ["device_id", "cursor"])
    op.create_index("ix_events_type_cursor", "events", ["type", "cursor"])
    op.create_index("ix_events_device_id_type_cursor", "events", ["device_id", "type", "cursor"])


def _counts() -> None:
    op.create_table(
        "event_hours",
        sa.Column("hour", sa.BigInteger, nullable=False, autoincrement=False, comment="hours since 1970"),
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_cursor", sa.BigInteger, nullable=False),
        sa.Column("last_cursor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "device_id", "type", name="pk_event_hours"),
    )
    op.create_table(
        "streams",
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("stream_id", sa.String(64), nullable=False),
        sa.Column("through_seq", sa.BigInteger, nullable=False, comment="stored without a hole up to here"),
        sa.Column("max_seq", sa.BigInteger, nullable=False),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("late", sa.BigInteger, nullable=False),
        sa.Column("accepted_seq", sa.BigInteger, comment="last_seq of the newest heartbeat"),
        sa.Column("last_proof_at_ms", sa.BigInteger),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "stream_id", name="pk_streams"),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("status", sa.JSON),
        sa.Column("heartbeat", sa.JSON),
        sa.Column("heartbeat_at_ms", sa.BigInteger),
        sa.Column("states", sa.JSON, nullable=False),
        sa.Column("quarantined", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("device_id", name="pk_devices"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _ROW_NUMBER, nullable=False, autoincrement=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(32), nullable=False),
        sa.Column("sensor", sa.String(32), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("occurred_at_ms", sa.BigInteger, nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("acknowledged_at_ms", sa.BigInteger),
        sa.Column("acknowledged_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("event_id", name="uq_alerts_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_state_id", "alerts", ["state", "id"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", _ROW_NUMBER, nullable=False, autoincrement=True),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("topic", sa.Text),
        sa.Column("device_id", sa.String(32)),
        sa.Column("payload", sa.LargeBinary, nullable=False, comment="the first 4 KiB"),
        sa.Column("payload_bytes", sa.BigInteger, nullable=False, comment="how long it was"),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("key", name="uq_quarantine_key"),
        sqlite_autoincrement=True,
    )
