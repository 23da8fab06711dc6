"""Silences: alerts that are recorded but told to nobody for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

LABELS = ("slo", "objective", "service", "policy", "condition", "severity")
"""What matchers can name; and `group.FIELD` for the fields of a group."""

GROUP = "group."

Labels = Mapping[str, str]


class Comparison(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One demand on an alert's labels; a label that it does not have counts as empty."""

    name: str
    comparison: Comparison
    value: str

    def matches(self, labels: Labels) -> bool:
        """Tell whether these labels are meant."""
        found = labels.get(self.name, "")
        if self.comparison is Comparison.MATCHES:
            return _pattern(self.value).fullmatch(found) is not None
        return (found == self.value) is (self.comparison is Comparison.EQUAL)

    def problem(self) -> str | None:
        """Say what is wrong with the matcher, None when nothing is."""
        if self.name not in LABELS and not self.name.startswith(GROUP):
            known = ", ".join(LABELS)
            return f"there is no label {self.name!r}; there are {known}, and {GROUP}FIELD"
        if self.comparison is Comparison.MATCHES:
            try:
                _pattern(self.value)
            except re2.error as error:
                return f"{self.value!r} is no regular expression (RE2): {_text(error)}"
        return None


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told of alerts that every matcher matches, from `starts_at` until `ends_at`."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    note: str
    created_at: datetime
    ended_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Tell whether the silence is in force."""
        return self.starts_at <= now < (self.ended_at or self.ends_at)

    def covers(self, labels: Labels) -> bool:
        """Tell whether an alert with these labels is meant."""
        return all(matcher.matches(labels) for matcher in self.matchers)


@lru_cache(maxsize=1_024)
def _pattern(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options)


def _text(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode() if isinstance(reason, bytes) else str(reason)
