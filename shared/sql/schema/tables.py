"""Every table there is, for migrations."""

from shared.sql.schema import access, agreement, alert, count, definition
from shared.sql.schema.column import metadata

MODULES = (access, agreement, alert, count, definition)
"""They add their tables to `metadata` when they are imported."""

__all__ = ["MODULES", "metadata"]
