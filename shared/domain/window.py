"""Where a window begins and ends, and at which resolution it is counted.

All times are integers of seconds since the epoch (UTC).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import lcm
from typing import TypeVar

from shared.domain.bucket import BUCKET, end_of
from shared.domain.calendar import period_at, period_before
from shared.domain.slo import CalendarWindow

MINUTE = 60
QUARTER_HOUR = 900
HOUR = 3600
DAY = 86_400

STANDARD_WINDOWS: dict[str, int] = {
    "5m": 5 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "6h": 6 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
}
"""The burn rates that every status shows, by the name they have there."""

# (longest window in seconds, resolution in seconds that serves it), finest first
TIERS: tuple[tuple[int, int], ...] = (
    (HOUR, BUCKET),
    (6 * HOUR, MINUTE),
    (3 * DAY, QUARTER_HOUR),
    (400 * DAY, HOUR),
)


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last `seconds`; it begins on a slice where slices of `grid` seconds are counted.

    Slices lie on multiples of their length, or with an `anchor` from the start of its periods on.
    `resolution` is the size in seconds of the buckets that a window of this length is counted in;
    it begins on a multiple of `alignment`: on a bucket, and on a slice. For `reach` seconds buckets
    must be kept for it, of `step` seconds: it is summed from those, as long slices allow coarser
    ones.
    """

    seconds: int
    grid: int = 0
    anchor: CalendarWindow | None = None
    resolution: int = field(init=False, repr=False, compare=False)
    alignment: int = field(init=False, repr=False, compare=False)
    reach: int = field(init=False, repr=False, compare=False)
    step: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what every tick asks for."""
        resolution = next((step for most, step in TIERS if self.seconds <= most), HOUR)
        alignment = lcm(resolution, self.grid or 1)
        reach = self.seconds + alignment - (0 if self.anchor else resolution)
        fitting = (step for most, step in TIERS if reach <= most)
        of = self.grid if self.anchor else alignment
        step = next((step for step in fitting if of % step == 0), resolution)
        for name, value in (
            ("resolution", resolution),
            ("alignment", alignment),
            ("reach", reach),
            ("step", step),
        ):
            object.__setattr__(self, name, value)

    def start(self, at: int, to: int) -> int:
        """Return where the window of the moment `at` begins when it ends at `to`.

        With an `anchor` it is the start of the bucket in which the slice begins.
        """
        if self.anchor is None:
            return (to - self.seconds) // self.alignment * self.alignment
        earliest = (to - self.seconds) // self.resolution * self.resolution
        begin, _ = period_at(self.anchor, earliest)
        length = self.grid if self.grid % self.step == 0 else self.alignment
        return (begin + (earliest - begin) // length * length) // self.step * self.step

    def bounds(self, at: int) -> tuple[int, int]:
        """Return `(from, to)` at a moment; buckets that start in it count."""
        to = end_of(at)
        return self.start(at, to), to


@dataclass(frozen=True, slots=True)
class Calendar:
    """The period of a calendar window that holds the moment, so far; or with `back` the one before.

    At the very moment at which a period begins, nothing of it has passed.
    """

    window: CalendarWindow
    back: int = 0

    def start(self, at: int, to: int) -> int:
        """Return where the window of the moment `at` begins, wherever it ends."""
        return self.period(at)[0]

    def bounds(self, at: int) -> tuple[int, int]:
        """Return `(from, to)` at a moment; buckets that start in it count."""
        start, end = self.period(at)
        return start, min(end, end_of(at))

    def period(self, at: int) -> tuple[int, int]:
        """Return `(from, to)` of the whole period."""
        period = period_at(self.window, at)
        for _ in range(self.back):
            period = period_before(self.window, period[0])
        return period


@dataclass(frozen=True, slots=True)
class Between:
    """From one moment until another, or until now where `until` is None."""

    since: int
    until: int | None = None

    def start(self, at: int, to: int) -> int:
        """Return where it begins, whatever the moment."""
        return self.since

    def bounds(self, at: int) -> tuple[int, int]:
        """Return `(from, to)` at a moment; buckets that start in it count."""
        end = end_of(at) if self.until is None else min(self.until, end_of(at))
        return self.since, max(self.since, end)

    @property
    def head(self) -> "Between | None":
        """What lies before it in the quarter hour in which it begins, if it begins inside one."""
        quarter = self.since // QUARTER_HOUR * QUARTER_HOUR
        return Between(quarter, self.since) if quarter < self.since else None


WindowKey = Rolling | Calendar | Between
"""What a sum is kept by: everything that decides which buckets it adds up."""

Key = TypeVar("Key", bound=WindowKey)


def is_hidden(window: WindowKey) -> bool:
    """Tell whether a window is summed for the evaluator alone: heads, and periods long over."""
    if isinstance(window, Calendar):
        return window.back > 1
    return isinstance(window, Between) and window.until is not None


def in_order(windows: Iterable[Key]) -> tuple[Key, ...]:
    """Return each window once: those that roll, shortest first, then the others."""
    return tuple(sorted(set(windows), key=_place))


def _place(window: WindowKey) -> tuple[int, int, int, str]:
    if isinstance(window, Rolling):
        return 0, window.seconds, window.grid, _text(window.anchor) if window.anchor else ""
    if isinstance(window, Between):
        return 3 if is_hidden(window) else 2, window.since, window.until or 0, ""
    return 4 if is_hidden(window) else 1, 0, window.back, _text(window.window)


def _text(window: CalendarWindow) -> str:
    return f"{window.unit}{window.count:09}{window.start}{window.time_zone}{window.text}"
