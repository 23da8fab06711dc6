"""The states that an alert goes through, and why one ends."""

from enum import StrEnum

PAGES = frozenset({"page", "critical", "sev1", "p1"})
"""Severities that rank as page; every other one ranks as ticket."""


class AlertState(StrEnum):
    """Where an alert stands; `inactive` is a pending one whose condition stopped holding."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    INACTIVE = "inactive"


class Reason(StrEnum):
    """Why an alert ended."""

    RECOVERED = "recovered"
    NO_DATA = "no_data"
    DELETED = "deleted"


def is_page(severity: str) -> bool:
    """Tell whether a severity, which is free text, ranks as page."""
    return severity.strip().lower() in PAGES
