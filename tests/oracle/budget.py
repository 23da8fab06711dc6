"""The figures of one objective at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from tests.oracle.calendar import CalendarWindow, period_at, period_before
from tests.oracle.event import Count
from tests.oracle.promise import Objective, Version
from tests.oracle.slicing import Sliced, sliced, slices_of_period
from tests.oracle.window import (
    HOUR,
    QUARTER_HOUR,
    Interval,
    end_at,
    resolution,
    rolling,
    rounded_down,
    summed,
)


@dataclass(frozen=True)
class Seen:
    """All that is known at a moment: what was counted, since when, and up to when.

    `beside` is what other groups counted, where all are seen together.
    """

    counts: Sequence[Count]
    at: int
    watermark: int
    counted_since: int
    beside: Sequence["Seen"] = ()

    @property
    def all_counts(self) -> list[Count]:
        """What all groups counted."""
        return [count for one in (self, *self.beside) for count in one.counts]


@dataclass(frozen=True)
class Measure:
    """What was counted over an interval: events, or slices."""

    interval: Interval
    counted: int
    bad: Fraction
    sli: Fraction | None
    coverage: Fraction | None
    events_bad: int
    events_total: int


@dataclass(frozen=True)
class Share:
    """What a version allows of what was counted while it was in force."""

    version: Version
    interval: Interval
    counted: int

    @property
    def allowed(self) -> Fraction:
        """How much may be bad."""
        return (1 - self.version.target) * self.counted


@dataclass(frozen=True)
class Budget:
    """An error budget: what is allowed, and what became of it."""

    allowed: Fraction
    consumed: Fraction | None
    remaining: Fraction | None


@dataclass(frozen=True)
class Figures:
    """Everything a status says about an objective, apart from its state."""

    measure: Measure
    shares: Sequence[Share]
    so_far: Budget
    whole: Budget | None
    exhausted_at: Fraction | None


def measured(objective: Objective, seen: Seen, interval: Interval) -> Measure:
    """What an objective counts over an interval: the slices of each group by themselves."""
    events = summed(seen.all_counts, interval)
    if objective.slices is None:
        sli = Fraction(events.good, events.total) if events.total else None
        return Measure(
            interval=interval,
            counted=events.total,
            bad=Fraction(events.bad),
            sli=sli,
            coverage=Fraction(1) if events.total else None,
            events_bad=events.bad,
            events_total=events.total,
        )
    groups = [
        sliced(objective, one.counts, interval, one.watermark, one.counted_since)
        for one in (seen, *seen.beside)
    ]
    found = Sliced(
        sum(one.ended for one in groups),
        tuple(verdict for one in groups for verdict in one.verdicts),
    )
    return Measure(
        interval=interval,
        counted=len(found.verdicts),
        bad=sum((1 - one.value for one in found.verdicts), Fraction(0)),
        sli=found.sli,
        coverage=found.coverage,
        events_bad=events.bad,
        events_total=events.total,
    )


def interval_of(objective: Objective, at: int) -> Interval:
    """The interval of an objective's own window: rolling, or the calendar period so far."""
    if isinstance(objective.window, CalendarWindow):
        return Interval(period_at(objective.window, at).start, end_at(at))
    return rolling_on_grid(objective, objective.window, at)


def rolling_on_grid(objective: Objective, length: int, at: int) -> Interval:
    """A rolling window; one of slices begins on their grid as well (docs/adr/0004).

    The grid is that of the epoch, or of the calendar period in which the window begins where
    slices do not divide a quarter hour.
    """
    interval = rolling(length, at)
    if objective.slices is None:
        return interval
    grid = lcm(resolution(length), objective.slices.length)
    origin = 0
    if isinstance(objective.window, CalendarWindow) and QUARTER_HOUR % objective.slices.length:
        origin = period_at(objective.window, interval.start).start
    start = origin + rounded_down(interval.start - origin, grid)
    return Interval(rounded_down(start, resolution(length)), interval.end)


def burn_rate(objective: Objective, seen: Seen, length: int) -> Fraction | None:
    """How many times faster than allowed the budget burnt over a length."""
    sli = measured(objective, seen, rolling_on_grid(objective, length, seen.at)).sli
    return None if sli is None else (1 - sli) / objective.allowed


def shares(objective: Objective, seen: Seen, interval: Interval) -> list[Share]:
    """The shares of all versions that were in force in an interval, the oldest first."""
    versions = objective.versions or (Version(interval.start, objective.target),)
    found: list[Share] = []
    for number, version in enumerate(versions):
        start = max(interval.start, version.since) if number else interval.start
        end = interval.end
        is_last = number + 1 == len(versions)
        if not is_last:
            end = versions[number + 1].since
        if start < end or is_last:
            part = Interval(start, min(end, interval.end))
            found.append(Share(version, part, measured(objective, seen, part).counted))
    return found


def budget(allowed: Fraction, bad: Fraction) -> Budget:
    """A budget, and what became of it; there is none where nothing is allowed."""
    if allowed == 0:
        return Budget(Fraction(0), None, None)
    return Budget(allowed, bad / allowed, 1 - bad / allowed)


def expected_total(objective: Objective, seen: Seen, so_far: Measure) -> Fraction:
    """What a calendar period is expected to count by its end."""
    window = objective.window
    assert isinstance(window, CalendarWindow)
    if objective.slices is not None:
        return Fraction(slices_of_period(objective, seen.at) * (1 + len(seen.beside)))
    period = period_at(window, seen.at)
    before = period_before(window, period)
    total_before = summed(seen.all_counts, Interval(before.start, before.end)).total
    elapsed = so_far.interval.end - so_far.interval.start
    scaled = Fraction(0)
    if elapsed:
        scaled = Fraction(so_far.counted * (period.end - period.start), elapsed)
    return max(scaled, Fraction(total_before))


def spent_at(
    objective: Objective, at: int, remaining: Fraction | None, burn: Fraction | None
) -> Fraction | None:
    """When a budget will be spent if the last hour's burn goes on."""
    if remaining is None:
        return None
    if remaining <= 0:
        return Fraction(at)
    if not burn:
        return None
    if not isinstance(objective.window, CalendarWindow):
        return at + remaining * objective.window / burn
    period = period_at(objective.window, at)
    moment = at + remaining * (period.end - period.start) / burn
    return moment if moment < period.end else None


def evaluated(objective: Objective, seen: Seen, interval: Interval | None = None) -> Figures:
    """The figures of an objective at a moment, over its window or what is still stored of it."""
    measure = measured(objective, seen, interval or interval_of(objective, seen.at))
    parts = shares(objective, seen, measure.interval)
    allowed = sum((one.allowed for one in parts), Fraction(0))
    so_far = budget(allowed, measure.bad)
    whole = None
    if isinstance(objective.window, CalendarWindow):
        expected = expected_total(objective, seen, measure)
        # What is still to come is allowed by today's target (docs/adr/0011).
        whole = budget(allowed + objective.allowed * (expected - measure.counted), measure.bad)
        if measure.counted == 0:
            whole = Budget(whole.allowed, None, None)
    decisive = so_far if whole is None else whole
    burn = burn_rate(objective, seen, HOUR)
    exhausted = spent_at(objective, seen.at, decisive.remaining, burn)
    return Figures(measure, parts, so_far, whole, exhausted)
