"""Notifications are listed, the newest first."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("outbox_created", "outbox", ["created_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
