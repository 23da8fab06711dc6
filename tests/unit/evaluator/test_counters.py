"""The window sums agree with a naive list of events, whatever happens and in which order."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain.counters import Counters
from services.evaluator.domain.ring import Ring
from shared.domain.slo import CalendarWindow
from shared.domain.window import DAY, HOUR, MINUTE, STANDARD_WINDOWS, Calendar, Rolling, WindowKey
from tests.unit.evaluator.build import Event, deltas

NOW = 1_764_000_007
ROWS = 3

lengths = st.one_of(
    st.sampled_from([*STANDARD_WINDOWS.values(), 28 * DAY, 30 * DAY, 90 * DAY]),
    st.integers(1, 90 * 24 * 60).map(lambda minutes: minutes * MINUTE),
)
grids = st.sampled_from([0, 0, 10, MINUTE, 150, 12 * MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY])
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
starts = st.sampled_from(["2025-01-31 00:00:00", "2025-11-24 16:15:00", "2027-02-28 23:45:00"])
periods = st.builds(
    lambda count, unit, start, zone: CalendarWindow(count, unit, f"{count}{unit}", start, zone),
    st.integers(1, 3),
    st.sampled_from("hdwMQY"),
    starts,
    zones,
)
rolling = st.builds(Rolling, lengths, grids)
windows = st.lists(
    st.one_of(
        rolling.map(lambda window: [window]),
        periods.map(lambda period: [Calendar(period), Calendar(period, back=1)]),
    ),
    min_size=1,
    max_size=4,
).map(lambda found: [window for some in found for window in some])
ages = st.one_of(
    st.integers(-700, 700),
    st.integers(-2 * HOUR, 4 * DAY),
    st.integers(0, 91 * DAY),
    st.sampled_from([-DAY, -HOUR, -610, -10, 0, 10, MINUTE, HOUR, 6 * HOUR, 3 * DAY, 30 * DAY]),
)
events = st.tuples(st.integers(0, ROWS - 1), ages, st.integers(-5, 50), st.integers(-5, 50))
steps = st.one_of(
    st.integers(0, 11),
    st.sampled_from([10, 20, 60, 61, 600, 900, HOUR, 7 * HOUR, 4 * DAY, 31 * DAY]),
)
script = st.lists(st.tuples(steps, st.lists(events, max_size=5)), min_size=1, max_size=12)


def naive(seen: Sequence[Event], at: int, window: WindowKey) -> list[list[int]]:
    start, end = window.bounds(at)
    sums = [[0] * ROWS, [0] * ROWS]
    for row, time, good, total in seen:
        if start <= time // 10 * 10 < end:
            sums[0][row] += good
            sums[1][row] += total
    return sums


@settings(max_examples=150, deadline=None)
@given(script, windows)
def test_sums_are_those_of_the_events_inside_each_window(
    script: list[tuple[int, list[Event]]], wanted: list[WindowKey]
) -> None:
    at, seen = NOW, list[Event]()
    counters = Counters(at, wanted)
    counters.ensure_rows(ROWS)
    for step, batch in script:
        at += step
        counters.advance(at)
        arrived = [(row, at - age, good, total) for row, age, good, total in batch]
        counters.add(deltas(arrived))
        seen += arrived
        for index, window in enumerate(counters.windows):
            assert counters.sums[:, index].tolist() == naive(seen, at, window)


def test_an_event_of_the_far_future_counts_when_its_time_comes() -> None:
    counters = Counters(NOW, [Rolling(5 * MINUTE)])
    counters.ensure_rows(1)
    counters.add(deltas([(0, NOW + 3 * DAY, 1, 1)]))
    for at in range(NOW, NOW + 3 * DAY, HOUR):
        counters.advance(at)
        assert counters.sums[1, 0, 0] == 0
    counters.advance(NOW + 3 * DAY)
    assert counters.sums[1, 0, 0] == 1


def test_counts_beyond_32_bits_stay_exact() -> None:
    counters = Counters(NOW, map(Rolling, [5 * MINUTE, HOUR, 6 * HOUR, DAY, 30 * DAY]))
    counters.ensure_rows(2)
    for _ in range(5):
        counters.add(deltas([(1, NOW, 10**9, 10**9), (0, NOW, 1, 1)]))
    assert counters.sums[1].tolist() == [[5, 5 * 10**9]] * 5
    counters.advance(NOW + 25 * HOUR)
    assert counters.sums[1].tolist() == [[0, 0]] * 4 + [[5, 5 * 10**9]]


def test_cells_stay_narrow_however_much_is_counted_in_many_of_them_at_once() -> None:
    counters = Counters(NOW, [Rolling(HOUR)])
    counters.ensure_rows(100)
    before = counters.tiers.nbytes
    counters.add(deltas((row, NOW, 10**8, 10**8) for row in range(100)))
    assert counters.tiers.nbytes == before
    counters.add(deltas((7, NOW, 10**8, 10**8) for _ in range(30)))
    assert counters.tiers.nbytes == 2 * before
    assert counters.sums[1, 0, :8].tolist() == [10**8] * 7 + [31 * 10**8]


def test_a_ring_forgets_what_it_was_told_of_buckets_that_have_left_it() -> None:
    ring = Ring(10, slots=4)
    ring.ensure_rows(2)
    ring.add(deltas([(0, 0, 1, 2), (1, 10, 3, 4)]))
    ring.advance(1)
    ring.add(deltas([(0, 40, 7, 8)]))
    ring.advance(2)

    assert ring.total(0, 10).tolist() == [[7, 0], [8, 0]]
    assert ring.buckets([1, 4, 5])[1].tolist() == [[0, 0], [8, 0], [0, 0]]


def test_rows_that_come_later_count_like_the_first() -> None:
    counters = Counters(NOW, [Rolling(HOUR)])
    for rows in (1, 40, 300):
        counters.ensure_rows(rows)
        counters.add(deltas([(rows - 1, NOW, 1, 2)]))
    counters.advance(NOW + 10)
    assert np.flatnonzero(counters.sums[1, 0]).tolist() == [0, 39, 299]


def test_a_window_that_is_asked_for_later_has_the_same_sums() -> None:
    counters = Counters(NOW, [Rolling(HOUR)])
    counters.ensure_rows(1)
    counters.add(deltas([(0, NOW - 40 * MINUTE, 1, 2), (0, NOW - 2 * HOUR, 3, 4)]))
    counters.use([Rolling(30 * MINUTE), Rolling(3 * HOUR)])
    assert counters.sums[:, :, 0].tolist() == [[0, 4], [0, 6]]


def test_unsaved_changes_are_handed_out_once_and_merged() -> None:
    counters = Counters(NOW, [Rolling(HOUR)])
    counters.ensure_rows(2)
    counters.add(deltas([(0, NOW, 1, 2), (1, NOW, 1, 1)]))
    counters.add(deltas([(0, NOW, 1, 1), (1, NOW, -1, -1)]))
    unsaved = counters.take_unsaved()
    assert (unsaved.row.tolist(), unsaved.counts.tolist()) == ([0], [[2], [3]])
    assert not len(counters.take_unsaved())
    assert counters.since_load[:, 0].tolist() == [2, 3]
