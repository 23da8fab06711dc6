"""The simulated clock of a trial."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.trial.ticks import NEVER_KNOWN, Slots, Ticks


@pytest.mark.parametrize(
    ("at", "ticks"), [(230, [100, 160, 220, 230]), (220, [100, 160, 220]), (100, [100]), (40, [40])]
)
def test_the_clock_ticks_from_the_first_event_on_and_in_any_case_at_the_end(
    at: int, ticks: list[int]
) -> None:
    clock = Ticks(100, 60, at)

    found = [clock.first]
    while found[-1] < clock.at:
        found.append(clock.next(found[-1] + 1))

    assert found == ticks
    assert len(clock) == len(ticks)
    assert [clock.before(tick) for tick in ticks] == list(range(len(ticks)))


@given(
    first=st.integers(1000, 1100),
    every=st.sampled_from([1, 2, 7, 10, 60, 3600]),
    length=st.integers(-50, 5000),
    later=st.lists(st.integers(-999, 8_000_000), min_size=1),
)
def test_every_time_has_its_bucket_and_is_known_to_the_next_tick_or_at_the_end_of_the_bucket(
    first: int, every: int, length: int, later: list[int]
) -> None:
    times = [first * 1000 + one for one in later]
    last = first + length
    stops = sorted({*range(first, last, every), *range(first // 10 * 10 + 10, last, 10), last})
    slots = Slots(Ticks(first, every, last))

    buckets, known = slots.split(slots.of(np.array(times)))

    in_order = Slots(Ticks(first, every, last), in_order=True)
    _, at_once = in_order.split(in_order.of(np.array(times)))
    assert at_once.tolist() == [
        NEVER_KNOWN if time > last * 1000 else -(-time // 1000) for time in times
    ]
    assert buckets.tolist() == [time // 10_000 for time in times]
    assert known.tolist() == [
        next((at for at in stops if at * 1000 >= time), NEVER_KNOWN) for time in times
    ]
