"""What is stored brings back the same counters, whatever was late and whenever it was saved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain.beyond import Beyond
from services.evaluator.domain.counters import Counters
from services.evaluator.domain.loading import fill, wanted
from services.evaluator.domain.saving import Saving
from services.evaluator.domain.span import Closed, Span, Wanted
from shared.domain.slo import CalendarWindow
from shared.domain.window import DAY, HOUR, MINUTE, STANDARD_WINDOWS, Calendar, Rolling, WindowKey
from shared.segment import decode_span, encode_span
from tests.unit.evaluator.build import Event, deltas

NOW = 1_764_000_007
PERIODS = [
    CalendarWindow(1, "d", "1d", "2025-01-01 00:00:00", "Asia/Kathmandu"),
    CalendarWindow(5, "h", "5h", "2025-01-01 00:15:00", "UTC"),
    CalendarWindow(1, "M", "1M", "2025-01-31 00:00:00", "Australia/Lord_Howe"),
]
WINDOWS: tuple[WindowKey, ...] = (
    *map(Rolling, (*STANDARD_WINDOWS.values(), 7 * DAY, 30 * DAY, 90 * DAY)),
    *(Calendar(period, back) for period in PERIODS for back in (0, 1)),
)
ROWS = 300  # two blocks

ages = st.one_of(
    st.integers(-700, 700),
    st.integers(-2 * HOUR, 4 * HOUR),
    st.integers(0, 8 * DAY),
    st.sampled_from([-DAY, -HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY]),
)
events = st.tuples(st.sampled_from([0, 1, 299]), ages, st.integers(-2, 9), st.integers(-2, 9))
steps = st.one_of(
    st.integers(1, 60), st.sampled_from([300, 900, HOUR, 3 * HOUR, 7 * HOUR, DAY, 4 * DAY])
)
actions = st.lists(
    st.tuples(steps, st.lists(events, max_size=6), st.sampled_from(["", "save", "crash"])),
    min_size=1,
    max_size=15,
)


class Store:
    """Spans, as bytes, and the marks."""

    def __init__(self) -> None:
        self.spans: dict[tuple[int, int, int], bytes] = {}
        self.closed = Closed(0, 0)
        self.thinned: dict[int, int] = {}

    def read(self, ask: Wanted) -> list[Span]:
        found = []
        for (tier, start, block), data in sorted(self.spans.items()):
            right_block = ask.blocks is None or block in ask.blocks
            if tier == ask.tier and ask.start <= start < ask.end and right_block:
                found.append(Span(tier, start, block, decode_span(data)))
        return found

    def save(self, counters: Counters) -> None:
        saving = Saving(counters.tiers, counters.take_unsaved(), self.closed, self.thinned)
        stored = [span for ask in saving.wanted() for span in self.read(ask)]
        for span in saving.spans(stored):
            self.spans[span.tier, span.start, span.block] = encode_span(*span.counts)
        self.closed, self.thinned = saving.closed, saving.thin
        for tier, start, block in list(self.spans):
            if start < saving.thin[tier]:
                del self.spans[tier, start, block]

    def load(self, at: int) -> Counters:
        counters = Counters(at, WINDOWS)
        counters.ensure_rows(ROWS)
        beyond = Beyond(counters.tiers, WINDOWS, at)
        for ask in wanted(counters.tiers, self.closed, beyond.start):
            for span in self.read(ask):
                fill(counters.tiers, span, self.closed)
                beyond.add(span, self.closed)
        counters.recount(beyond.sums())
        return counters


@settings(max_examples=60, deadline=None)
@given(actions)
def test_a_crash_at_any_moment_changes_no_figure(
    script: list[tuple[int, list[Event], str]],
) -> None:
    at, store, replay = NOW, Store(), list[list[Event]]()
    never_crashed, counters = Counters(at, WINDOWS), store.load(at)
    never_crashed.ensure_rows(ROWS)
    for step, batch, then in script:
        at += step
        arrived = [(row, at - age, good, total) for row, age, good, total in batch]
        for one in (never_crashed, counters):
            one.advance(at)
            one.add(deltas(arrived))
        replay.append(arrived)
        if then == "save":
            store.save(counters)
            replay.clear()
        elif then == "crash":
            counters = store.load(at)
            for missed in replay:
                counters.add(deltas(missed))
        assert (counters.sums == never_crashed.sums).all()


def test_spans_older_than_the_rings_are_added_to_what_is_stored() -> None:
    at, store = NOW, Store()
    counters = store.load(at)
    for _ in range(2):
        counters.add(deltas([(0, at - 5 * DAY, 1, 2), (0, at - 90 * MINUTE, 1, 1)]))
        store.save(counters)
    again = store.load(at)
    assert again.sums[:, :, 0].tolist() == counters.sums[:, :, 0].tolist()
    assert again.sums[1, :10, 0].tolist() == [0, 0, 0, 2, 2, 2, 2, 6, 6, 6]
