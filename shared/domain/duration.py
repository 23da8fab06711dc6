"""Durations as people write them in definitions: `5m`, `1h`, `30d`, `1M`."""

import re
from dataclasses import dataclass

SECONDS: dict[str, int] = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "M": 30 * 86_400,
    "Q": 90 * 86_400,
    "Y": 365 * 86_400,
}
"""How long a unit is; months, quarters and years as the OpenSLO SDK counts them off a calendar."""

CALENDAR_UNITS = frozenset("MQY")
"""Units whose length depends on where in the calendar they lie."""

UNITS = "mhdwMQY"
"""The units OpenSLO knows, shortest first."""

_WRITTEN = re.compile(r"([0-9]{1,9})([smhdwMQY])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of one unit, as written."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> int:
        """The length in seconds; a month is 30 days, a quarter 90, a year 365."""
        return self.count * SECONDS[self.unit]

    @property
    def is_calendar(self) -> bool:
        """Whether the unit has no fixed length."""
        return self.unit in CALENDAR_UNITS


def parse_duration(text: str, units: str = UNITS) -> Duration | None:
    """Return what `text` says, or None when it is no whole number of one of these units."""
    found = _WRITTEN.fullmatch(text)
    if found is None or found[2] not in units:
        return None
    return Duration(int(found[1]), found[2])


def in_words(seconds: int) -> str:
    """Return a length in the largest unit up to weeks that divides it: 5400 is `90m`."""
    for unit in "wdhm":
        if seconds and seconds % SECONDS[unit] == 0:
            return f"{seconds // SECONDS[unit]}{unit}"
    return f"{seconds}s"
