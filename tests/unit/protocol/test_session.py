"""Chunks, sessions and where they begin, beyond what the adversary tries."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.chunk import Chunk
from services.ingest.domain.resume import Commit, commit_of, metadata_of, resume
from services.ingest.domain.session import Session
from shared.domain.errors import TruncatedLog
from shared.wire import Source
from tests.unit.protocol.actors import CellCounter
from tests.unit.protocol.world import CHUNK_BLOCK, MINUTE, MISSING, Log, Record, World, cuts

TIMESTAMPS = st.one_of(st.just(MISSING), st.integers(0, 6 * MINUTE))


def record(offset: int, timestamp: int = 0) -> Record:
    return Record(offset, timestamp, 0, offset, (0,))


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    gaps = draw(st.lists(st.integers(1, 4), max_size=60))
    offsets = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    return [record(offset, draw(TIMESTAMPS)) for offset in offsets]


@given(logs(), st.integers(1, 20))
def test_batches_are_cut_where_the_rule_cuts_record_by_record(
    records: list[Record], batch: int
) -> None:
    expected: list[int] = []
    naive: list[Record] = []
    for each in records:
        naive = [each] if not naive or cuts(each, naive) else [*naive, each]
        expected += [each.offset] if len(naive) == 1 else []

    found, chunk = [], Chunk(CHUNK_BLOCK)
    for start in range(0, len(records), batch):
        rest = records[start : start + batch]
        while rest:
            fresh = chunk.first is None
            length = chunk.take(rest)
            found += [rest[0].offset] if fresh else []
            rest = rest[length:]
            if rest:
                chunk.close()
    assert found == expected


def test_without_a_commit_reading_begins_at_the_start_of_the_log() -> None:
    start = resume(None, 40, 90, filter_block=12)
    assert (start.rebuild, start.position, start.s) == (40, 40, 40)


def test_a_kept_chunk_is_read_again_whole_after_what_the_duplicate_filter_needs() -> None:
    start = resume(Commit(50, 41, 30), 3, 90, filter_block=12)
    assert (start.rebuild, start.position, start.s, start.committed) == (24, 41, 30, 50)


def test_a_chunk_whose_beginning_is_deleted_is_not_read_again() -> None:
    start = resume(Commit(50, 41, 30), 45, 90, filter_block=12)
    assert (start.rebuild, start.position, start.s) == (45, 50, 50)


def test_deleted_records_that_were_not_read_are_a_gap() -> None:
    start = resume(Commit(50, 41, 30), 60, 90, filter_block=12)
    assert (start.position, start.s) == (60, 60)


def test_a_log_that_ends_before_the_commit_is_refused() -> None:
    with pytest.raises(TruncatedLog, match=r"offset 50 .* ends at 49"):
        resume(Commit(50, 41, 30), 0, 49)
    resume(Commit(50, 41, 30), 0, 50)


def test_a_commit_comes_back_for_the_same_incarnation_only() -> None:
    commit = Commit(50, 41, 30)
    text = metadata_of(commit, "run 7/shop")
    assert commit_of(50, text, "run 7/shop") == commit
    assert commit_of(50, text, "run 8/shop") is None


@pytest.mark.parametrize("text", ["", "41", "[1,2]", '{"first":1}', "\x00"])
def test_a_place_set_by_hand_begins_a_chunk(text: str) -> None:
    assert commit_of(50, text, "any") == Commit(50, 50, 50)


def session(commit: Commit | None = None, *, heartbeat_cells: int = 0) -> Session:
    world = World([Log([record(0)])], 2, random.Random(0))
    return Session(
        "shop",
        Source("id", 0),
        resume(commit, 0, 100),
        CellCounter(world, 0),
        revision=1,
        partitions=1,
        heartbeat_cells=heartbeat_cells,
    )


def test_nothing_goes_out_before_what_was_committed_is_read_again() -> None:
    found = session(Commit(3, 0, 0))
    assert found.flush() is None
    found.add([record(0), record(1)])
    assert found.flush() is None
    found.add([record(2)])
    emission = found.flush()
    assert emission is not None
    assert emission.commit == Commit(3, 0, 0)


def test_a_heartbeat_leaves_out_cells_only_once_they_were_acknowledged() -> None:
    found = session()
    found.add([record(0), record(1)])
    sizes = []
    for _ in range(2):
        found.flush()
        sizes.append([len(m.cells) for m in found.outbox[-1].messages])
    for _ in range(2):
        found.delivered()
    found.flush()
    sizes.append([len(m.cells) for m in found.outbox[-1].messages])
    found.add([record(2)])
    found.flush()
    sizes.append([len(m.cells) for m in found.outbox[-1].messages])

    assert sizes == [[2, 0], [2, 0], [0, 0], [3, 0]]


def test_a_small_heartbeat_repeats_everything() -> None:
    found = session(heartbeat_cells=2)
    found.add([record(0), record(1)])
    found.flush()
    found.delivered()
    found.flush()
    assert [len(m.cells) for m in found.outbox[0].messages] == [2, 0]


def test_a_probe_is_taken_when_all_before_its_end_is_counted() -> None:
    found = session()
    found.probe(1_000, 3, 2)
    found.probe(2_000, 3, 1)
    found.add([record(0)])
    assert (found.complete_until, found.wants_end) == (-1, True)
    found.add([record(1)])
    assert (found.complete_until, found.wants_probe) == (1_000, True)


def test_markers_at_the_end_of_the_log_are_read_over() -> None:
    found = session()
    found.add([record(0)])
    found.probe(1_000, 1, 3)
    found.reach(3)
    emission = found.flush()
    assert emission is not None
    assert (emission.commit.e, emission.messages[0].complete_until) == (3, 1_000)
