"""Agreements: their versions and acceptances, and what a change was about in the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("definition_change", sa.Column("note", sa.Text))
    op.create_table(
        "agreement_version",
        sa.Column("agreement", NAME, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        *_signature("proposed"),
        *_signature("terminated"),
    )
    op.create_table(
        "agreement_acceptance",
        sa.Column("agreement", NAME, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("team", NAME, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
    )


def _signature(what: str) -> list[sa.Column[object]]:
    return [
        sa.Column(f"{what}_team", sa.Text),
        sa.Column(f"{what}_person", sa.Text),
        sa.Column(f"{what}_at", MOMENT),
        sa.Column(f"{what}_note", sa.Text),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup to go back to an older release")
