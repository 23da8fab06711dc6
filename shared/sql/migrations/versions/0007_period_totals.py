"""What calendar periods came to stays for good."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "period_total",
        sa.Column("slo", name, primary_key=True),
        sa.Column("objective", sa.Text(), primary_key=True),
        sa.Column("group_values", sa.Text(), primary_key=True),
        sa.Column("period_start", moment, primary_key=True),
        sa.Column("period_end", moment, primary_key=True),
        sa.Column("duration", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("good", sa.BigInteger()),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("sli", sa.Double()),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
