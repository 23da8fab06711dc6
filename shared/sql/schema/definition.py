"""Tables of what is defined, and of every change to it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, false

from shared.sql.schema.column import NAME, UTCDateTime, metadata

definition_revision = Table(
    "definition_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)
"""One row: the current revision of all definitions. Whoever applies locks it first."""

definition = Table(
    "definition",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_revision", BigInteger, nullable=False),
    Column("changed_revision", BigInteger, nullable=False),
)
"""The definitions in force, one canonical JSON document each."""

definition_change = Table(
    "definition_change",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("verified", Boolean, nullable=False, server_default=false()),
    Column("note", Text),
    Index("definition_change_by_revision", "revision"),
)
"""Every change that was ever made to a definition. Rows are only ever added."""

indicator = Table(
    "indicator",
    metadata,
    Column("slo", NAME, primary_key=True),
    Column("indicator", NAME, primary_key=True),
    Column("since_revision", BigInteger, nullable=False),
)
"""What is counted for each SLO, and the revision from which on it is counted."""
