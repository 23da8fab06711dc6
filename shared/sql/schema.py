"""The tables. Migrations create them; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


NAME = Text().with_variant(Text(collation="C"), "postgresql")  # sorts alike everywhere

metadata = MetaData()

cluster = Table(
    "cluster",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""What was decided once and for all, such as the number of counts partitions."""

definition_revision = Table(
    "definition_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)
"""One row: the current revision of all definitions. Whoever applies locks it first."""

definition = Table(
    "definition",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_revision", BigInteger, nullable=False),
    Column("changed_revision", BigInteger, nullable=False),
)
"""The definitions in force, one canonical JSON document each."""

definition_change = Table(
    "definition_change",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("verified", Boolean, nullable=False, server_default=false()),
    Column("note", Text),
    Index("definition_change_by_revision", "revision"),
)
"""Every change that was ever made to a definition. Rows are only ever added."""

agreement_version = Table(
    "agreement_version",
    metadata,
    Column("agreement", NAME, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UTCDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("proposed_team", Text),
    Column("proposed_person", Text),
    Column("proposed_at", UTCDateTime),
    Column("proposed_note", Text),
    Column("terminated_team", Text),
    Column("terminated_person", Text),
    Column("terminated_at", UTCDateTime),
    Column("terminated_note", Text),
)
"""Every version that an agreement ever had, and what it came to. No row is ever removed."""

agreement_acceptance = Table(
    "agreement_acceptance",
    metadata,
    Column("agreement", NAME, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("team", NAME, primary_key=True),
    Column("person", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("note", Text),
)
"""Which team accepted which version, by whom, when, and the hash of what was accepted."""

indicator = Table(
    "indicator",
    metadata,
    Column("slo", NAME, primary_key=True),
    Column("indicator", NAME, primary_key=True),
    Column("since_revision", BigInteger, nullable=False),
)
"""What is counted for each SLO, and the revision from which on it is counted."""

shard = Table(
    "shard",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("topic_id", Text, nullable=False),
    Column("closed_10s", BigInteger, nullable=False),
    Column("closed_60s", BigInteger, nullable=False),
    Column("state", LargeBinary),
)
"""The checkpoint of each counts partition; its epoch says who may write."""

shard_names = Table(
    "shard_names",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""Which row of the segments each series has. Apart from `shard`, because it changes rarely."""

segment = Table(
    "segment",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("tier", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""The counts of 256 series over one span of one tier."""

status = Table(
    "status",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("data", LargeBinary),
)
"""The current figures of each shard. A row of its own, fenced by its own copy of the epoch."""

alert = Table(
    "alert",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("slo", NAME, nullable=False),
    Column("objective", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("group_values", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("page", Boolean, nullable=False),
    Column("state", NAME, nullable=False),
    Column("began_at", UTCDateTime, nullable=False),
    Column("pending_since", UTCDateTime),
    Column("fired_at", UTCDateTime),
    Column("resolved_at", UTCDateTime),
    Column("reason", Text),
    Column("acknowledged_by", Text),
    Column("acknowledged_note", Text),
    Column("acknowledged_at", UTCDateTime),
    Index("alert_began", "began_at", "id"),
    Index("alert_state", "state", "began_at", "id"),
    Index("alert_slo", "slo", "began_at", "id"),
)
"""Every alert there ever was, as it stands now; `began_at` is its first transition."""

alert_transition = Table(
    "alert_transition",
    metadata,
    Column("alert_id", NAME, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UTCDateTime, nullable=False),
    Column("state", NAME, nullable=False),
    Column("reason", Text),
    Column("figures", Text, nullable=False),
)
"""Each step of an alert with the figures that caused it. Rows are only ever added."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("alert_id", NAME, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("target", NAME, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", NAME, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UTCDateTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UTCDateTime, nullable=False),
    Column("delivered_at", UTCDateTime),
    Index("outbox_due", "shard", "state", "next_attempt_at"),
    Index("outbox_alert", "alert_id", "target", "sequence"),
    Index("outbox_created", "created_at", "id"),
)
"""What each target is to be told, written together with the transition that it tells of."""

silence = Table(
    "silence",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("starts_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    Index("silence_ends", "ends_at"),
)
"""Which alerts nobody is told of, and for how long; `ended_at` where it was ended early."""

api_token = Table(
    "api_token",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("team", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("revoked_at", UTCDateTime),
)
"""Who may call the api. Rows stay when a token is revoked: the audit log names them."""

period_total = Table(
    "period_total",
    metadata,
    Column("slo", NAME, primary_key=True),
    Column("objective", Text, primary_key=True),
    Column("group_values", Text, primary_key=True),
    Column("period_start", UTCDateTime, primary_key=True),
    Column("period_end", UTCDateTime, primary_key=True),
    Column("duration", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("target", Double, nullable=False),
    Column("good", BigInteger),
    Column("total", BigInteger, nullable=False),
    Column("sli", Double),
)
"""What each calendar period of a day or longer came to, kept for good."""
