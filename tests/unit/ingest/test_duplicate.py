import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.duplicate import BLOCK, SPAN_MS, DuplicateFilter

Event = tuple[int, str | None, str | None, int]  # offset, id, service, record time


def dropped(events: list[Event], block: int = BLOCK, batch: int = 1) -> list[int]:
    """The offsets of the duplicates, fed in batches that no boundary of blocks divides."""
    seen = DuplicateFilter(block)
    found = []
    rest = events
    while rest:
        end = next(
            (i for i, e in enumerate(rest) if e[0] // block != rest[0][0] // block), len(rest)
        )
        some, rest = rest[: min(end, batch)], rest[min(end, batch) :]
        ids, services = [e[1] for e in some], [e[2] for e in some]
        times = np.array([e[3] for e in some], np.int64)
        found += [some[p][0] for p in seen.duplicates(some[0][0], ids, services, times)]
    return found


def test_the_same_event_is_counted_once() -> None:
    assert dropped([(0, "a", "s", 0), (1, "a", "s", 5), (2, "b", "s", 5)]) == [1]


def test_the_same_id_of_another_service_is_another_event() -> None:
    assert dropped([(0, "a", "s", 0), (1, "a", "t", 0), (2, "a", None, 0), (3, "a", "t", 0)]) == [3]


def test_the_previous_block_is_remembered_and_no_older_one() -> None:
    first = (0, "a", "s", 0)
    assert dropped([first, (2 * BLOCK - 1, "a", "s", 0)]) == [2 * BLOCK - 1]
    assert dropped([first, (2 * BLOCK, "a", "s", 0)]) == []
    assert dropped([first, (BLOCK, "b", "s", 0), (2 * BLOCK, "a", "s", 0)]) == []


def test_a_duplicate_makes_duplicates_itself() -> None:
    times = [0, SPAN_MS, 2 * SPAN_MS, 3 * SPAN_MS + 1]
    assert dropped([(o, "a", "s", t) for o, t in enumerate(times)]) == [1, 2]


def test_record_times_an_hour_apart_are_near_in_both_directions() -> None:
    assert dropped([(0, "a", "s", SPAN_MS), (1, "a", "s", 0)]) == [1]
    assert dropped([(0, "a", "s", SPAN_MS + 1), (1, "a", "s", 0)]) == []


def test_a_record_without_timestamp_is_no_duplicate_and_makes_none() -> None:
    assert dropped([(0, "a", "s", -1), (1, "a", "s", 0), (2, "a", "s", -1)], batch=3) == []


def test_events_without_id_all_count() -> None:
    assert dropped([(0, None, "s", 0), (1, None, "s", 0), (2, "", "s", 0), (3, "", "s", 0)]) == []


def test_long_names_are_told_apart_without_being_kept() -> None:
    long = "x" * 100_000
    events = [(0, long, "s", 0), (1, long + "y", "s", 0), (2, "b", long, 0)]
    assert dropped([*events, (3, long, "s", 0), (4, "b", long, 0)]) == [3, 4]
    seen = DuplicateFilter()
    seen.duplicates(0, [long], [long], np.zeros(1, np.int64))
    assert long not in str(vars(vars(seen)["_current"]))


def test_an_id_that_every_record_has_costs_no_more_than_others() -> None:
    times = np.arange(0, 400_000, 10, dtype=np.int64)
    count = len(times)
    found = DuplicateFilter().duplicates(0, ["a"] * count, ["s"] * count, times)
    assert found == list(range(1, count))


def naive(events: list[Event], block: int) -> list[int]:
    return [
        offset
        for row, (offset, name, service, time) in enumerate(events)
        if any(
            before >= (offset // block - 1) * block
            and (name, service) == (other, other_service)
            and name
            and min(time, other_time) >= 0
            and abs(time - other_time) <= SPAN_MS
            for before, other, other_service, other_time in events[:row]
        )
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 1, 1, 7, 12, 25]),
            st.sampled_from(["a", "b", "c", "d", "e", "f", None, ""]),
            st.sampled_from(["s", "t", None]),
            st.sampled_from([-1, *range(0, 6 * SPAN_MS, SPAN_MS // 2)]),
        ),
        max_size=40,
    ),
    st.integers(1, 9),
)
def test_the_filter_agrees_with_its_definition(
    steps: list[tuple[int, str | None, str | None, int]], batch: int
) -> None:
    offsets = np.cumsum([step[0] for step in steps]).tolist()
    events = [(offset, *step[1:]) for offset, step in zip(offsets, steps, strict=True)]
    assert dropped(events, block=12, batch=batch) == naive(events, 12)


@given(st.lists(st.integers(0, 9 * SPAN_MS // 4), max_size=12), st.integers(1, 4))
def test_any_earlier_time_within_an_hour_makes_a_duplicate(times: list[int], batch: int) -> None:
    events: list[Event] = [(offset, "a", "s", 4 * time) for offset, time in enumerate(times)]
    assert dropped(events, batch=batch) == naive(events, BLOCK)
