"""A snapshot comes back from its bytes as it was."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.slo import CalendarWindow
from shared.domain.window import Calendar, Rolling
from shared.snapshot import Snapshot, decode_snapshot, encode_snapshot
from shared.wire import GroupName

PERIOD = CalendarWindow(1, "M", "1M", "2026-01-01 00:00:00", "Europe/Berlin")
WINDOWS = (Rolling(300), Rolling(600, 60), Calendar(PERIOD), Calendar(PERIOD, back=1))
counts = st.one_of(st.integers(-3, 300), st.integers(0, 2**17), st.integers(-(2**62), 2**62))


@given(st.lists(st.lists(counts, min_size=8, max_size=8), max_size=6))
def test_counts_of_any_size_come_back(rows: list[list[int]]) -> None:
    table = np.array(rows, np.int64).reshape(-1, 2, 4)
    snapshot = Snapshot(
        1, 2, 3, WINDOWS, np.arange(len(rows), dtype=np.uint64), table[:, 0], table[:, 1]
    )
    again = decode_snapshot(encode_snapshot(snapshot))
    assert again.good.tolist() == table[:, 0].tolist()
    assert again.total.tolist() == table[:, 1].tolist()
    assert (again.windows, again.series.tolist()) == (WINDOWS, list(range(len(rows))))


def test_everything_beside_the_counts_comes_back() -> None:
    none = np.zeros((0, 0), np.int64)
    snapshot = Snapshot(
        shard=1,
        at=2,
        revision=3,
        windows=(),
        series=np.zeros(0, np.uint64),
        good=none,
        total=none,
        groups=(GroupName(1, "slo", "key", ("a", "b")),),
        watermarks={"t": 4},
        counted_since={("slo", "objective"): 5},
        breached_at={("slo", "objective", 2**64 - 1): 6},
        lost={"t": 7},
        ambiguous={"t": 8},
        reported={"t": 9},
    )
    again = decode_snapshot(encode_snapshot(snapshot))
    for name in ("groups", "watermarks", "counted_since", "breached_at", "lost", "reported"):
        assert getattr(again, name) == getattr(snapshot, name)
    assert (again.shard, again.at, again.revision, again.ambiguous) == (1, 2, 3, {"t": 8})
