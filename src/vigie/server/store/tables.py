"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of the type INTEGER.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

events = Table(
    "events",
    metadata,
    Column("cursor", RowNumber, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("device_id", String(32), nullable=False),
    Column("sensor", String(32), nullable=False),
    Column("details", JSON, nullable=False),
    Column("occurred_at_ms", BigInteger, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
    Column("clock", String(8), nullable=False),
    Column("late", Boolean, nullable=False),
    Column("stream_id", String(64)),
    Column("seq", BigInteger),
    Column("boot_id", String(64)),
    UniqueConstraint("device_id", "stream_id", "seq"),
    # One index per combination of filters on the events page, each ending in the key of paging.
    Index("ix_events_device_id_cursor", "device_id", "cursor"),
    Index("ix_events_type_cursor", "type", "cursor"),
    Index("ix_events_device_id_type_cursor", "device_id", "type", "cursor"),
    # Without AUTOINCREMENT SQLite may give the number of a deleted newest row again, and a client would miss that event.
    sqlite_autoincrement=True,
)

# Events per hour of their occurrence, and between which cursors they lie: charts count here, and a page with a time
# window learns here which part of the history it must look at.
event_hours = Table(
    "event_hours",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False, comment="hours since 1970"),
    Column("device_id", String(32), primary_key=True),
    Column("type", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_cursor", BigInteger, nullable=False),
    Column("last_cursor", BigInteger, nullable=False),
)

# One row per event log of a device; `through_seq` and `max_seq` also go over numbers in `skips`. The empty stream_id holds
# the count of events that came without a log behind them.
streams = Table(
    "streams",
    metadata,
    Column("device_id", String(32), primary_key=True),
    Column("stream_id", String(64), primary_key=True),
    Column("through_seq", BigInteger, nullable=False, comment="stored without a hole up to here"),
    Column("max_seq", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("late", BigInteger, nullable=False),
    Column("accepted_seq", BigInteger, comment="last_seq of the newest heartbeat"),
    Column("last_proof_at_ms", BigInteger),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("through_event_id", String(64), comment="the event stored under through_seq, if one is"),
    # Numbers that `skips` covers and under which nothing is stored.
    Column("dropped", BigInteger, nullable=False, server_default=text("0")),
    Column("quarantined", BigInteger, nullable=False, server_default=text("0")),
    Column("elsewhere", BigInteger, nullable=False, server_default=text("0")),
)

# Numbers of a log that nothing need be stored under any more, as ranges that never overlap. Keyed by their end: the
# first row at or behind a number is the only one that can hold it.
skips = Table(
    "skips",
    metadata,
    Column("device_id", String(32), primary_key=True),
    Column("stream_id", String(64), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String(16), nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", String(32), primary_key=True),
    Column("status", JSON(none_as_null=True)),
    Column("heartbeat", JSON(none_as_null=True)),
    Column("heartbeat_at_ms", BigInteger),
    Column("states", JSON, nullable=False),
    Column("quarantined", BigInteger, nullable=False, server_default=text("0")),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("device_id", String(32), nullable=False),
    Column("sensor", String(32), nullable=False),
    Column("type", String(64), nullable=False),
    Column("location", Text, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("late", Boolean, nullable=False),
    Column("occurred_at_ms", BigInteger, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("acknowledged_at_ms", BigInteger),
    Column("acknowledged_by", String(64)),
    Column("silent", Boolean, nullable=False, server_default=false()),
    Index("ix_alerts_state_id", "state", "id"),
    Index("ix_alerts_device_id_type_state", "device_id", "type", "state"),
    sqlite_autoincrement=True,
)

# What could not be stored as an event, with its reason. `key` makes a repeated upload leave one row.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("topic", Text),
    Column("device_id", String(32)),
    Column("payload", LargeBinary, nullable=False, comment="the first 4 KiB"),
    Column("payload_bytes", BigInteger, nullable=False, comment="how long it was"),
    Column("received_at_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

site = Table(
    "site",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
)

# Who has a PIN. The hashes are argon2id's own strings, with their salts and costs.
people = Table(
    "people",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("pin_hash", String(128), nullable=False),
    Column("duress_hash", String(128)),
    Column("created_at_ms", BigInteger, nullable=False),
)

# Secrets that were wrong in a row, by what they were tried on: `pin`, `account:3f2a` (of its name's hash),
# `address:192.168.1.7`. The wait goes by the monotonic clock of a boot; the wall time is for forgetting the oldest.
attempts = Table(
    "attempts",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("last_failed_at_ms", BigInteger, nullable=False),
    Column("boot_id", String(64), nullable=False),
    Column("mono_ms", BigInteger, nullable=False),
)

# Who may sign in. The hashes are argon2id's own strings.
users = Table(
    "users",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(128), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

# Who is signed in. Of the cookie's secret only the SHA-256 is kept: it is 256 random bits, nothing to guess.
sessions = Table(
    "sessions",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("user_name", String(32), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
    Column("browser", String(200), nullable=False),
    Index("ix_sessions_user_name", "user_name"),
    sqlite_autoincrement=True,
)

# What programs show instead of a password; kept as those of sessions are.
tokens = Table(
    "tokens",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("seen_at_ms", BigInteger),
)

# Who did what, from where. Rows are only ever added; each one's hash is over itself and the hash before it.
audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("origin", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_autoincrement=True,
)

# Clips and stills, also those that are gone. `at_ms` is when it began or, where the Pi did not know, when we heard of it.
# `work`: what is still to be done with its bytes; null once nothing is.
media = Table(
    "media",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("device_id", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("work", String(8)),
    Column("at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger),
    Column("heard_at_ms", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("triggered_after_ms", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("sha256", String(64)),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("cause_kind", String(16), nullable=False),
    Column("cause_event_id", String(64)),
    Column("cause_zone", String(64)),
    Column("angle_deg", Float),
    Column("preset", String(64)),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Column("container", String(8)),
    Column("has_poster", Boolean, nullable=False, server_default=false()),
    Column("note", Text),
    Column("deleted_at_ms", BigInteger),
    Column("deleted_reason", String(16)),
    Index("ix_media_kind_at_ms_id", "kind", "at_ms", "id"),
    Index("ix_media_kind_device_id_at_ms_id", "kind", "device_id", "at_ms", "id"),
    Index("ix_media_cause_event_id", "cause_event_id"),
    Index("ix_media_state", "state"),
)

# One row. A server of this revision or a later one may work on this database, also where it does not know the newest
# revision: it was upgraded, and the upgrade was rolled back. Whatever a migration adds must therefore have a default.
compatibility = Table("compatibility", metadata, Column("oldest_revision", String(8), nullable=False))
