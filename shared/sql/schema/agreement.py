"""Tables of agreements: their versions, and who accepted them."""

from sqlalchemy import Boolean, Column, Integer, Table, Text

from shared.sql.schema.column import NAME, UTCDateTime, metadata

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
