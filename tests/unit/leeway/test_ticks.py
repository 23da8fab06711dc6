"""The simulated clock of a trial."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leeway.trial.ticks import Slots, Ticks


def test_the_clock_ticks_from_the_first_event_on_and_in_any_case_at_the_end() -> None:
    assert list(Ticks(100, 60, 230)) == [100, 160, 220, 230]
    assert list(Ticks(100, 60, 220)) == [100, 160, 220]
    assert list(Ticks(100, 60, 100)) == [100]
    assert list(Ticks(100, 60, 40)) == [40]


@given(
    first=st.integers(1000, 1100),
    every=st.sampled_from([1, 2, 7, 10, 60, 3600]),
    length=st.integers(-50, 5000),
    times=st.lists(st.integers(900_000, 8_000_000), min_size=1),
)
def test_every_time_has_its_bucket_and_the_first_tick_that_is_not_before_it(
    first: int, every: int, length: int, times: list[int]
) -> None:
    ticks = Ticks(first, every, first + length)
    moments = list(ticks)
    slots = Slots(ticks)

    buckets, numbers = slots.split(slots.of(np.array(times)))

    assert len(ticks) == len(moments)
    assert buckets.tolist() == [time // 10_000 for time in times]
    assert numbers.tolist() == [
        next((n for n, at in enumerate(moments) if at * 1000 >= time), len(moments))
        for time in times
    ]
