"""What an objective counted in calendar periods, of its own window or of an agreement's."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.api.figures import Count, Facts
from services.api.tally import tally
from shared.domain.bucket import end_of
from shared.domain.calendar import periods_until
from shared.domain.slo import SLO, CalendarWindow, Objective
from shared.history import Timeline
from shared.rows import NOBODY


@dataclass(frozen=True, slots=True)
class CountedPeriod:
    """One period, in seconds, and what was counted of it up to `until`.

    `until` is `end` once the period is over. `count` is None where not all of it is stored.
    """

    start: int
    end: int
    until: int
    count: Count | None


def counted_periods(
    slo: SLO,
    objective: Objective,
    window: CalendarWindow,
    line: Timeline,
    facts: Facts,
    *,
    at: int,
    number: int,
) -> Iterator[CountedPeriod]:
    """Yield the period that holds `at`, and those before it, the latest first, `number` in all.

    The timeline must begin no later than the earliest of them, and end at `at`.
    """
    for start, end in periods_until(window, at, number):
        until = min(end, end_of(at))
        stored = line.exactly(NOBODY, start, until) if start < until else None

        def count_of(series: int, start: int = start, until: int = until) -> Count | None:
            found = line.exactly(series, start, until)
            return Count(found.good, found.total) if found else None

        count = tally(count_of, facts, slo, objective) if stored else None
        yield CountedPeriod(start, end, until, count)
