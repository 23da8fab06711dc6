"""Notifications are listed, the newest first."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("outbox_created", "outbox", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("outbox_created", "outbox")
