"""Tables of what is counted: checkpoints, spans of counts, current figures, totals of periods."""

from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Table, Text

from shared.sql.schema.column import NAME, UTCDateTime, metadata

cluster = Table(
    "cluster",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""What was decided once and for all, such as the number of counts partitions."""

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
