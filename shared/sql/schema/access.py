"""The table of who may call the api."""

from sqlalchemy import Column, Table, Text

from shared.sql.schema.column import NAME, UTCDateTime, metadata

api_token = Table(
    "api_token",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("team", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("revoked_at", UTCDateTime),
)
"""Who may call the api. Rows stay when a token is revoked: the audit log names them."""
