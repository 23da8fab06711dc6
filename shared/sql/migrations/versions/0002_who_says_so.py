"""The audit log: whether a token vouched for the author, and reading it by revision."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "definition_change",
        sa.Column("verified", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("definition_change_by_revision", "definition_change", ["revision"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
