"""The oracle gives the reference figures of docs/semantics.md."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from tests.oracle.alert import Condition, look
from tests.oracle.budget import Seen, evaluated
from tests.oracle.event import Count
from tests.oracle.promise import Objective, Slices
from tests.oracle.tier import tiers
from tests.oracle.window import DAY, HOUR, MINUTE, resolution

THREE_NINES = Objective(Fraction("0.999"), 30 * DAY)
INCIDENT = 1_700_000_000 - 1_700_000_000 % DAY


def seen(counts: list[Count], at: int) -> Seen:
    return Seen(counts, at, watermark=at, counted_since=0)


@pytest.mark.parametrize(
    ("days", "thresholds"),
    [
        (30, [14.4, 6, 3, 1]),
        (28, [13.44, 5.6, 2.8, 0.9333]),
    ],
)
def test_the_default_tiers(days: int, thresholds: list[float]) -> None:
    found = tiers(days * DAY, Fraction(1, 1000))

    assert [float(one.threshold) for one in found] == pytest.approx(thresholds, rel=1e-4)
    assert [(one.lookback, one.short) for one in found] == [
        (HOUR, 5 * MINUTE),
        (6 * HOUR, 30 * MINUTE),
        (DAY, 2 * HOUR),
        (3 * DAY, 6 * HOUR),
    ]


def traffic(start: int, end: int, step: int, bad: int) -> list[Count]:
    """Thousand events at once, every step, some of them bad."""
    return [Count(Fraction(at), 1000 - bad, 1000) for at in range(start, end, step)]


CELLS = [
    # lookback, short, threshold, bad of a thousand, detected after, reset after, step, tick
    (HOUR, 5 * MINUTE, "14.4", 1000, 52, 4.9 * MINUTE, 10, 1),
    (HOUR, 5 * MINUTE, "14.4", 150, 5.8 * MINUTE, 4.5 * MINUTE, 10, 1),
    (HOUR, 5 * MINUTE, "14.4", 20, 43.2 * MINUTE, 1.4 * MINUTE, 10, 10),
    (HOUR, 5 * MINUTE, "14.4", 2, None, None, 10, 60),
    (6 * HOUR, 30 * MINUTE, "6", 1000, 2.2 * MINUTE, 29.8 * MINUTE, 10, 10),
    (6 * HOUR, 30 * MINUTE, "6", 150, 14.4 * MINUTE, 28.8 * MINUTE, 60, 10),
    (6 * HOUR, 30 * MINUTE, "6", 20, 1.8 * HOUR, 21 * MINUTE, 60, 60),
    (6 * HOUR, 30 * MINUTE, "6", 2, None, None, 60, 300),
    (DAY, 2 * HOUR, "3", 1000, 4.3 * MINUTE, 2 * HOUR, 60, 60),
    (DAY, 2 * HOUR, "3", 150, 28.8 * MINUTE, 2 * HOUR, 60, 60),
    (DAY, 2 * HOUR, "3", 20, 3.6 * HOUR, 1.7 * HOUR, 60, 60),
    (DAY, 2 * HOUR, "3", 2, None, None, 900, 900),
    (3 * DAY, 6 * HOUR, "1", 1000, 4.3 * MINUTE, 6 * HOUR, 60, 60),
    (3 * DAY, 6 * HOUR, "1", 150, 28.8 * MINUTE, 6 * HOUR, 300, 60),
    (3 * DAY, 6 * HOUR, "1", 20, 3.6 * HOUR, 5.7 * HOUR, 300, 300),
    (3 * DAY, 6 * HOUR, "1", 2, 36 * HOUR, 3 * HOUR, 900, 900),
]


@pytest.mark.parametrize(
    ("lookback", "short", "threshold", "bad", "detected", "reset", "step", "tick"), CELLS
)
def test_detection_and_reset(
    lookback: int,
    short: int,
    threshold: str,
    bad: int,
    detected: float | None,
    reset: float | None,
    step: int,
    tick: int,
) -> None:
    condition = Condition(lookback, Fraction(threshold), short=short)
    calm = traffic(INCIDENT - lookback - HOUR, INCIDENT, step, 0)
    tolerance = 10 + tick + step + resolution(lookback)

    def first(counts: list[Count], start: int, end: int, *, holds: bool) -> int | None:
        for at in range(start, end, tick):
            arrived = [one for one in counts if at - lookback - HOUR <= one.at < at]
            if look(THREE_NINES, condition, seen(arrived, at)).holds is holds:
                return at
        return None

    until = INCIDENT + (lookback if detected is None else int(detected) + 4 * tolerance)
    errors = traffic(INCIDENT, until, step, bad)
    fired = first(calm + errors, INCIDENT + tick, until, holds=True)
    if detected is None or reset is None:
        assert fired is None
        return
    assert fired is not None
    assert fired - INCIDENT == pytest.approx(detected, abs=tolerance)

    # Once the short window is full of errors, they end.
    end = fired - fired % step + max(short, step)
    counts = calm + traffic(INCIDENT, end, step, bad)
    counts += traffic(end, end + short + HOUR, step, 0)
    calmed = first(counts, end + int(reset) - 3 * tolerance, end + short + HOUR, holds=False)
    assert calmed is not None
    assert calmed - end == pytest.approx(reset, abs=10 + tick + step + resolution(short))


def minutes(start: int, count: int, bad: int) -> Iterator[Count]:
    for number in range(count):
        yield Count(Fraction(start + number * MINUTE), 0 if number < bad else 1, 1)


def test_two_weeks_have_20160_minutes_and_95_percent_allows_1008_of_them() -> None:
    objective = Objective(Fraction("0.95"), 14 * DAY, Slices(MINUTE, Fraction(1)))
    counts = list(minutes(INCIDENT - 14 * DAY, 20_160, bad=1008))

    figures = evaluated(objective, seen(counts, INCIDENT))

    assert figures.measure.counted == 20_160
    assert figures.so_far.allowed == 1008
    assert figures.so_far.remaining == 0


def test_one_week_at_99_95_percent_is_5_04_minutes() -> None:
    objective = Objective(Fraction("0.9995"), 7 * DAY, Slices(MINUTE, Fraction(1)))
    counts = list(minutes(INCIDENT - 7 * DAY, 7 * 24 * 60, bad=0))

    assert evaluated(objective, seen(counts, INCIDENT)).so_far.allowed == Fraction("5.04")


def test_an_hour_spends_what_its_events_weigh_not_what_its_time_does() -> None:
    objective = Objective(Fraction("0.95"), 30 * DAY)
    quiet = [
        Count(Fraction(INCIDENT - 30 * DAY + n * HOUR), 125, 125) for n in range(719) if n < 719
    ]
    rest = 90_000 - 120 - 125 * 719
    counts = [*quiet, Count(quiet[0].at, rest, rest), Count(Fraction(INCIDENT - HOUR), 20, 120)]

    figures = evaluated(objective, seen(counts, INCIDENT))

    assert figures.measure.counted == 90_000
    assert figures.so_far.consumed == Fraction(100, 4500)


@pytest.mark.parametrize(
    ("bad", "burn", "spent_in"), [(1, 1, 30 * DAY), (10, 10, 3 * DAY), (1000, 1000, 43.2 * MINUTE)]
)
def test_a_whole_budget_burns_out_in_the_window_over_the_burn(
    bad: int, burn: int, spent_in: float
) -> None:
    # A window whose budget is whole: the errors lie in an hour that the window's weight drowns.
    counts = [
        Count(Fraction(INCIDENT - 29 * DAY), 10**12, 10**12),
        Count(Fraction(INCIDENT - 60), 1000 - bad, 1000),
    ]

    figures = evaluated(THREE_NINES, seen(counts, INCIDENT))

    assert figures.exhausted_at is not None
    assert float(figures.exhausted_at - INCIDENT) == pytest.approx(spent_in, rel=1e-5)
    assert burn == bad
