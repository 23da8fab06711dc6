"""What a counts message changes, and what the claims of the sources add up to."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.evaluator.domain.fold import Fold, difference
from services.evaluator.domain.fold_codec import decode_fold, encode_fold
from shared.wire import NEVER, Cells, Counts, Source

Table = dict[tuple[int, int], tuple[int, int]]
TABLES = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.integers(0, 3), st.integers(1, 5)),
    max_size=12,
)


def cells(table: Table) -> Cells:
    rows = sorted(table.items())
    return Cells(
        np.array([series for (series, _), _ in rows], np.uint64),
        np.array([bucket for (_, bucket), _ in rows], np.int64),
        np.array([good for _, (good, _) in rows], np.int64),
        np.array([total for _, (_, total) in rows], np.int64),
    )


def table(found: Cells) -> Table:
    keys = zip(found.series.tolist(), found.bucket.tolist(), strict=True)
    return dict(zip(keys, zip(found.good.tolist(), found.total.tolist(), strict=True), strict=True))


def message(
    partition: int = 0,
    *,
    s: int = 0,
    first: int = 0,
    e: int = 0,
    revision: int = 1,
    topic_id: str = "one",
    complete_until: int = NEVER,
    partitions: int = 2,
    counted: Table | None = None,
) -> Counts:
    source = Source(topic_id, partition)
    found = cells(counted or {})
    return Counts("shop", source, s, first, e, revision, complete_until, partitions, found)


@given(TABLES, TABLES)
def test_a_difference_turns_one_set_of_cells_into_the_other(before: Table, after: Table) -> None:
    found = table(difference(cells(after), cells(before)))

    for key in before.keys() | after.keys() | found.keys():
        good, total = (
            a - b for a, b in zip(after.get(key, (0, 0)), before.get(key, (0, 0)), strict=True)
        )
        assert found.get(key, (0, 0)) == (good, total)
    assert (0, 0) not in found.values()
    assert list(found) == sorted(found)


def test_a_longer_prefix_of_the_same_chunk_adds_only_what_is_new() -> None:
    fold = Fold(0, 1)
    fold.apply(message(e=5, counted={(1, 1): (2, 3), (2, 1): (1, 1)}), 0)

    found = fold.apply(message(e=9, counted={(1, 1): (2, 4), (3, 1): (0, 1)}), 0)

    assert found is not None
    assert table(found) == {(1, 1): (0, 1), (2, 1): (-1, -1), (3, 1): (0, 1)}


def test_nothing_is_applied_twice() -> None:
    fold = Fold(0, 1)
    fold.apply(message(e=5, counted={(1, 1): (2, 3)}), 0)

    assert fold.apply(message(e=5, counted={(1, 1): (2, 3)}), 0) is None
    assert fold.apply(message(e=4, counted={(1, 1): (1, 2)}), 0) is None


def test_a_gap_is_counted_exactly_and_reported_by_one_shard() -> None:
    folds = [Fold(q, 5) for q in range(5)]
    for fold in folds:
        fold.apply(message(e=10), 0)
        fold.apply(message(s=60, first=63, e=100), 0)

    assert [fold.missed for fold in folds] == [{"shop": 50}] * 5
    assert sum(fold.lost.get("shop", 0) for fold in folds) == 50


def test_nothing_is_lost_where_reading_went_on_before_what_is_counted() -> None:
    fold = Fold(0, 1)
    fold.apply(message(e=10), 0)

    assert fold.apply(message(s=4, first=12, e=20), 0) is not None
    assert (fold.missed, fold.lost) == ({}, {})


def test_a_contradiction_is_dropped_and_counted() -> None:
    fold = Fold(0, 1)
    fold.apply(message(first=3, e=10, counted={(1, 1): (1, 1)}), 0)

    assert fold.apply(message(first=5, e=20, counted={(1, 1): (9, 9)}), 0) is None
    assert fold.ambiguous == {"shop": 1}


def test_a_topic_is_complete_as_far_as_its_last_partition() -> None:
    fold = Fold(0, 1)
    fold.apply(message(0, complete_until=50), 0)
    assert fold.watermark("shop") == NEVER

    fold.apply(message(1, complete_until=70), 0)
    fold.apply(message(0, complete_until=40), 0)

    assert fold.watermark("shop") == 50


def test_a_partition_that_a_topic_gains_holds_the_watermark_back() -> None:
    fold = Fold(0, 1)
    fold.apply(message(0, complete_until=50, partitions=1), 0)
    assert fold.watermark("shop") == 50

    fold.apply(message(0, complete_until=60, partitions=2), 0)

    assert fold.watermark("shop") == NEVER


def test_of_several_incarnations_the_one_first_heard_of_last_counts() -> None:
    fold = Fold(0, 1)
    fold.apply(message(complete_until=50, partitions=1), 0)
    fold.apply(message(complete_until=10, partitions=1, topic_id="two"), 0)
    fold.apply(message(complete_until=60, partitions=1, topic_id="one"), 0)

    assert fold.watermark("shop") == 10


def test_a_topic_never_heard_of_is_never_complete() -> None:
    assert Fold(0, 1).watermark("shop") == NEVER
    assert Fold(0, 1).counted_since("shop", 1) is None


def test_a_revision_counts_from_when_the_last_partition_reported_it() -> None:
    fold = Fold(0, 1)
    fold.apply(message(0, revision=3), 100)
    assert fold.counted_since("shop", 3) is None

    fold.apply(message(1, revision=4), 200)
    fold.apply(message(0, revision=3), 300)

    assert fold.counted_since("shop", 2) == 200
    assert fold.counted_since("shop", 3) == 200
    assert fold.counted_since("shop", 4) is None
    assert fold.reported("shop") == 3


def test_a_chunk_of_older_definitions_moves_the_beginning_forward() -> None:
    fold = Fold(0, 1)
    fold.apply(message(revision=3, partitions=1), 100)
    fold.apply(message(revision=4, partitions=1), 200)

    fold.apply(message(e=8, revision=3, partitions=1), 300)

    assert fold.counted_since("shop", 3) == 100
    assert fold.counted_since("shop", 4) == 300


def test_a_dropped_message_of_older_definitions_moves_nothing() -> None:
    fold = Fold(0, 1)
    fold.apply(message(e=8, revision=4, partitions=1), 200)
    fold.apply(message(e=8, revision=3, partitions=1), 300)

    assert fold.counted_since("shop", 4) == 200


def test_a_source_first_heard_of_without_partitions_is_reported_once_they_are_known() -> None:
    fold = Fold(0, 1)
    fold.apply(message(partitions=0), 100)
    fold.apply(message(partitions=1), 200)

    assert fold.counted_since("shop", 1) == 200


def test_a_fold_survives_its_bytes() -> None:
    fold = Fold(2, 5)
    fold.apply(message(e=5, counted={(2**64 - 1, 1): (2, 2**40)}, complete_until=7), 10)
    fold.apply(message(1, e=5, revision=2), 11)
    fold.apply(message(1, s=9, first=9, e=12), 12)
    fold.apply(message(1, first=10, e=14), 13)

    again = decode_fold(encode_fold(fold))

    assert encode_fold(again) == encode_fold(fold)
    later = message(e=6, counted={(2**64 - 1, 1): (3, 2**40 + 1)})
    found = again.apply(later, 20)
    assert found is not None
    assert table(found) == {(2**64 - 1, 1): (1, 1)}
    assert replace(again, applied=fold.applied) == fold
