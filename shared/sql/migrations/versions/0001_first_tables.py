"""The first tables: definitions, shards, segments and statuses."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)

# Rows of these are rewritten every few seconds: vacuum by count, not by share.
BUSY = {
    "shard": 500,
    "status": 500,
    "segment": 50_000,
}
COMPRESSED = (("shard", "state"), ("shard_names", "data"), ("segment", "data"), ("status", "data"))


def upgrade() -> None:
    _definitions()
    _shards()
    if op.get_context().dialect.name == "postgresql":
        _tune_postgresql()


def _definitions() -> None:
    op.create_table(
        "cluster",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    head = op.create_table(
        "definition_revision",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "revision": 0, "at": datetime(1970, 1, 1, tzinfo=UTC)}])
    op.create_table(
        "definition",
        sa.Column("kind", NAME, primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_revision", sa.BigInteger, nullable=False),
        sa.Column("changed_revision", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "definition_change",
        sa.Column("kind", NAME, primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("revision", sa.BigInteger, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
    )
    op.create_table(
        "indicator",
        sa.Column("slo", NAME, primary_key=True),
        sa.Column("indicator", NAME, primary_key=True),
        sa.Column("since_revision", sa.BigInteger, nullable=False),
    )


def _shards() -> None:
    op.create_table(
        "shard",
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("topic_id", sa.Text, nullable=False),
        sa.Column("closed_10s", sa.BigInteger, nullable=False),
        sa.Column("closed_60s", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary),
    )
    op.create_table(
        "shard_names",
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "segment",
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tier", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "status",
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary),
    )


def _tune_postgresql() -> None:
    """Keep compressed bytes from being compressed again, and rewritten rows from piling up."""
    for table, column in COMPRESSED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    for table, rows in BUSY.items():
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, "
            f"autovacuum_vacuum_threshold = {rows}, toast.autovacuum_vacuum_scale_factor = 0, "
            f"toast.autovacuum_vacuum_threshold = {rows})"
        )


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
