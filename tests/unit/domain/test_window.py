"""Where windows begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bucket import BUCKET
from shared.domain.slice_grid import Grid
from shared.domain.slo import CalendarWindow
from shared.domain.window import (
    DAY,
    HOUR,
    MINUTE,
    STANDARD_WINDOWS,
    Calendar,
    Rolling,
    WindowKey,
    in_order,
)

NOON = 1_764_072_000  # 2025-11-25T12:00:00Z
MONTH = CalendarWindow(1, "M", "1M", "2025-01-01 00:00:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("window", "resolution"),
    [
        (Rolling(5 * MINUTE), BUCKET),
        (Rolling(HOUR), BUCKET),
        (Rolling(HOUR + 1), MINUTE),
        (Rolling(6 * HOUR), MINUTE),
        (Rolling(3 * DAY), 15 * MINUTE),
        (Rolling(30 * DAY), HOUR),
        (Rolling(6 * HOUR, MINUTE), MINUTE),
        (Rolling(6 * HOUR, 20 * MINUTE), 20 * MINUTE),
        (Rolling(3 * DAY, 20 * MINUTE), HOUR),
        (Rolling(5 * MINUTE, DAY), DAY),
    ],
)
def test_a_window_begins_on_a_bucket_of_its_resolution_and_on_a_slice(
    window: Rolling, resolution: int
) -> None:
    start, end = window.bounds(NOON + 7)
    assert end == NOON + BUCKET
    assert start == (end - window.seconds) // resolution * resolution


@given(
    st.one_of(st.sampled_from(list(STANDARD_WINDOWS.values())), st.integers(MINUTE, 90 * DAY)),
    st.sampled_from([0, 1, 7, 9, 150, 225, 12 * MINUTE, 20 * MINUTE, HOUR, 7 * HOUR, DAY]),
    st.integers(0, 3 * DAY),
)
def test_the_buckets_that_serve_a_window_reach_to_its_start(
    seconds: int, grid: int, later: int
) -> None:
    window = Rolling(seconds, grid)
    start, end = window.bounds(NOON + later)
    assert start % window.step == 0
    assert start >= (end - window.reach) // window.step * window.step


def test_a_period_is_counted_so_far_and_the_one_before_as_a_whole() -> None:
    november, december = 1_761_951_600, 1_764_543_600  # in Berlin
    october = 1_759_269_600
    assert Calendar(MONTH).bounds(NOON + 7) == (november, NOON + 10)
    assert Calendar(MONTH, back=1).bounds(NOON + 7) == (october, november)
    assert Calendar(MONTH).bounds(december - 3) == (november, december)
    assert Calendar(MONTH).bounds(december) == (december, december)
    assert Calendar(MONTH, back=1).bounds(december) == (november, december)


def test_windows_are_put_in_one_order_whatever_order_they_came_in() -> None:
    windows: list[WindowKey] = [
        Calendar(MONTH, 1),
        Rolling(HOUR),
        Calendar(MONTH),
        Rolling(MINUTE, 60),
        Rolling(60),
    ]
    ordered = (Rolling(60), Rolling(60, 60), Rolling(HOUR), Calendar(MONTH), Calendar(MONTH, 1))
    assert in_order(windows) == in_order(windows[::-1]) == ordered


KATHMANDU = CalendarWindow(1, "d", "1d", "2026-01-01 00:00:00", "Asia/Kathmandu")


@given(
    st.sampled_from([*STANDARD_WINDOWS.values(), 7 * DAY]),
    st.sampled_from([20 * MINUTE, HOUR, 2 * HOUR, 7 * HOUR, DAY]),
    st.sampled_from([KATHMANDU, MONTH]),
    st.integers(0, 60 * DAY),
)
def test_slices_of_a_period_are_counted_from_the_one_that_holds_the_start(
    seconds: int, length: int, period: CalendarWindow, later: int
) -> None:
    window, grid = Rolling(seconds, length, period), Grid(length, period)
    start, end = window.bounds(NOON + later)
    earliest = (end - seconds) // window.resolution * window.resolution
    held, _ = grid.slice_at(earliest)
    assert start % window.step == 0
    assert start >= (end - window.reach) // window.step * window.step
    if length % window.step == 0:
        assert start <= held < start + window.step
        assert not grid.count(start, held)
