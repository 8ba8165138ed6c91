"""Accounts, sessions and tokens; wrong secrets of every kind; hashes that chain the audit log."""

import json

import sqlalchemy as sa
from alembic import op

from vigie.domain.audit_chain import NO_HASH, Entry, hash_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Adds `users`, `sessions`, `tokens` and `attempts`; `pin_attempts` becomes a row of the latter."""
    _add_accounts()
    _move_attempts()
    _chain_audit()


def _add_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(128), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", _ROW_NUMBER, nullable=False, autoincrement=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("user_name", sa.String(32), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_user_name", "sessions", ["user_name"])
    op.create_table(
        "tokens",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
    )


def _move_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_failed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("boot_id", sa.String(64), nullable=False),
        sa.Column("mono_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempts"),
    )
    op.execute(
        "INSERT INTO attempts (key, failures, last_failed_at_ms, boot_id, mono_ms) "
        "SELECT 'pin', failures, last_failed_at_ms, boot_id, mono_ms FROM pin_attempts WHERE failures > 0"
    )
    op.drop_table("pin_attempts")


def _chain_audit() -> None:
    op.add_column("audit", sa.Column("hash", sa.String(64), nullable=False, server_default=NO_HASH))
    connection, before = op.get_bind(), NO_HASH
    for row in connection.execute(sa.text("SELECT id, at_ms, actor, origin, action, detail FROM audit ORDER BY id")).all():
        detail = json.loads(row.detail) if isinstance(row.detail, str) else row.detail
        before = hash_of(before, Entry(row.at_ms, row.actor, row.origin, row.action, detail))
        connection.execute(sa.text("UPDATE audit SET hash = :hash WHERE id = :id"), {"hash": before, "id": row.id})
