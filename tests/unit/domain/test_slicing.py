"""Time slices: grids, and verdicts against a loop that anyone can follow."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar import period_at
from shared.domain.slice_grid import Grid
from shared.domain.slice_verdict import NEVER, Carried, Run, judge
from shared.domain.slicing import PARTS, NoData, Slicing
from shared.domain.slo import CalendarWindow

MINUTE, HOUR, DAY = 60, 3600, 86_400
LENGTHS = [60 * n for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 420, 1440)]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]
AT = 1_774_700_000  # a day before clocks change in Berlin


def month(zone: str = "UTC", text: str = "1M") -> CalendarWindow:
    return CalendarWindow(int(text[:-1]), text[-1], text, "2026-01-01 00:00:00", zone)


grids = st.builds(
    Grid,
    st.sampled_from(LENGTHS),
    st.one_of(
        st.none(),
        st.builds(month, st.sampled_from(ZONES), st.sampled_from(["1d", "1w", "1M", "5h", "1Q"])),
    ),
)


def walk(grid: Grid, low: int, high: int) -> list[tuple[int, int]]:
    """Return the slices that overlap `[low, high)`, found one by one from the period's start."""
    begin, stop = (0, 2**40) if grid.calendar is None else period_at(grid.calendar, low)
    found, start = [], begin + max(0, (low - begin) // grid.seconds) * grid.seconds
    while start < high:
        end = min(start + grid.seconds, stop)
        found.append((start, end))
        if end == stop and grid.calendar is not None:
            stop = period_at(grid.calendar, end)[1]
        start = end
    return found


@given(grids, st.integers(AT - 40 * DAY, AT + 200 * DAY), st.integers(1, 3 * DAY))
def test_slices_follow_each_other_from_the_start_of_each_period(
    grid: Grid, low: int, length: int
) -> None:
    slices = walk(grid, low, low + length)
    edges = grid.bounds(low, low + length).tolist()
    assert list(pairwise(edges)) == slices
    assert grid.slice_at(low) == slices[0]
    assert all(bound % grid.step == 0 for bound in edges)


@given(grids, st.integers(AT - 40 * DAY, AT + 200 * DAY), st.integers(0, 3 * DAY))
def test_slices_are_counted_that_begin_and_end_inside(grid: Grid, low: int, length: int) -> None:
    high = low + length
    inside = [s for s in walk(grid, low, high + 1) if low <= s[0] and s[1] <= high]
    assert grid.count(low, high) == len(inside)


@pytest.mark.parametrize(
    ("grid", "low", "high", "count"),
    [
        (Grid(MINUTE), 0, 14 * DAY, 20_160),
        (Grid(7 * HOUR, month(text="1d")), 20 * DAY, 21 * DAY, 4),
        (Grid(HOUR, month("Europe/Berlin", "1d")), 1_774_738_800, 1_774_821_600, 23),
    ],
)
def test_windows_have_so_many_slices(grid: Grid, low: int, high: int, count: int) -> None:
    assert grid.count(low, high) == count


@dataclass(frozen=True)
class Case:
    """One row: slices of a minute with (good, total), and what was before them."""

    slices: list[tuple[int, int]]
    begun_from: int
    before: tuple[int, int] | None


events = st.integers(0, 6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
cases = st.builds(
    Case,
    st.lists(st.one_of(st.just((0, 0)), events), min_size=1, max_size=12),
    st.integers(0, 12),
    st.none() | st.tuples(st.integers(-8, 0), st.integers(0, 1)),
)


def naive(slicing: Slicing, target: Fraction, case: Case) -> list[Fraction | None]:
    """Return what each slice is worth, None where it does not count."""
    found: list[Fraction | None] = []
    last_end, last = None, Fraction(0)
    if case.before is not None:
        last_end, last = case.before[0] * MINUTE, Fraction(case.before[1])
    for number, (good, total) in enumerate(case.slices):
        end = (number + 1) * MINUTE
        worth: Fraction | None
        if total:
            ratio = Fraction(good, total)
            worth = ratio if slicing.ratio else Fraction(ratio >= target)
            last_end, last = end, worth
        elif slicing.no_data is NoData.CARRY:
            silent = None if last_end is None else end - last_end
            worth = last if silent is not None and silent <= slicing.silence_after else None
        elif slicing.no_data is NoData.EXCLUDE or number < case.begun_from:
            worth = None
        else:
            worth = Fraction(slicing.no_data is NoData.GOOD)
        found.append(worth)
    return found


def run_of(slicing: Slicing, rows: list[Case], target: Fraction) -> tuple[Run, Carried]:
    flat = [(row, number) for row in rows for number in range(len(row.slices))]
    counts = np.array([row.slices[number] for row, number in flat], np.int64)
    run = Run(
        np.array([number == 0 for _, number in flat]),
        np.array([(number + 1) * MINUTE for _, number in flat], np.int64),
        counts[:, 0],
        counts[:, 1],
        np.full(len(flat), float(1 - target)),
        np.array([number >= row.begun_from for row, number in flat]),
    )
    before = [row.before or (None, 0) for row in rows]
    ends = [NEVER if end is None else end * MINUTE for end, _ in before]
    worths = [worth * slicing.whole for _, worth in before]
    return run, Carried(np.array(ends, np.int64), np.array(worths, np.int64))


@given(
    st.lists(cases, min_size=1, max_size=5),
    st.sampled_from(NoData),
    st.booleans(),
    st.integers(0, 8).map(lambda minutes: minutes * MINUTE),
    st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(3, 4), Fraction(1)]),
)
def test_verdicts_are_those_of_a_plain_loop(
    rows: list[Case], no_data: NoData, ratio: bool, silence: int, target: Fraction
) -> None:
    slicing = Slicing(Grid(MINUTE), ratio, no_data, silence)
    run, before = run_of(slicing, rows, target)
    verdicts = judge(slicing, run, before)
    expected = [verdict for row in rows for verdict in naive(slicing, target, row)]
    assert verdicts.counted.tolist() == [verdict is not None for verdict in expected]
    assert verdicts.worth.tolist() == [(verdict or 0) * slicing.whole for verdict in expected]


def test_a_slice_at_exactly_its_target_is_good() -> None:
    slicing = Slicing(Grid(MINUTE), False, NoData.EXCLUDE, HOUR)
    for bad in range(1, 1_000):
        good, total = np.array([1_000 - bad, 1_000 - bad - 1]), np.array([1_000, 1_000])
        allowed = float(Fraction(bad, 1_000))
        assert slicing.worth(good, total, allowed).tolist() == [1, 0]


def test_the_ratio_of_a_decimal_target_is_exact() -> None:
    slicing = Slicing(Grid(MINUTE), True, NoData.EXCLUDE, HOUR)
    for good in range(0, 100_001, 7):
        parts = int(slicing.worth(np.array([good]), np.array([100_000]), 0.0)[0])
        assert parts * 100_000 == good * PARTS
