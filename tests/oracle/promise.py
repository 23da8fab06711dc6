"""What is promised, as plain values."""

from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.calendar import CalendarWindow

Window = int | CalendarWindow
"""A rolling length in seconds, or a calendar window."""


@dataclass(frozen=True)
class Slices:
    """How time is cut and what an empty slice means."""

    length: int
    target: Fraction | None
    """What a slice must reach; None: the mean of the slices' ratios is what counts."""
    no_data: str = "exclude"
    silence_after: int = 3600


@dataclass(frozen=True)
class Version:
    """A target, and from when it was in force."""

    since: int
    target: Fraction


@dataclass(frozen=True)
class Objective:
    """A target over a window; without slices, occurrences count.

    `versions` are all targets there were of it, today's included, where there were others.
    """

    target: Fraction
    window: Window
    slices: Slices | None = None
    versions: tuple[Version, ...] = ()

    @property
    def allowed(self) -> Fraction:
        """The allowed error ratio."""
        return 1 - self.target
