"""Tables of alerts, of what is told of them, and of what is not."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from shared.sql.schema.column import NAME, UTCDateTime, metadata

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
