"""Alerts: what became of each, whom it is to be told, and what is silenced."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _alerts()
    _outbox()
    op.create_table(
        "silence",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("matchers", sa.Text, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("silence_ends", "silence", ["ends_at"])


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("slo", NAME, nullable=False),
        sa.Column("objective", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("group_values", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("page", sa.Boolean, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("pending_since", MOMENT),
        sa.Column("fired_at", MOMENT),
        sa.Column("resolved_at", MOMENT),
        sa.Column("reason", sa.Text),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_note", sa.Text),
        sa.Column("acknowledged_at", MOMENT),
    )
    op.create_index("alert_began", "alert", ["began_at", "id"])
    op.create_index("alert_state", "alert", ["state", "began_at", "id"])
    op.create_index("alert_slo", "alert", ["slo", "began_at", "id"])
    op.create_table(
        "alert_transition",
        sa.Column("alert_id", NAME, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("figures", sa.Text, nullable=False),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("alert_id", NAME, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT),
    )
    op.create_index("outbox_due", "outbox", ["shard", "state", "next_attempt_at"])
    op.create_index("outbox_alert", "outbox", ["alert_id", "target", "sequence"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
