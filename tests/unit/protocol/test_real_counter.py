"""The adversary again, with events decoded, classified and deduplicated by the real counter."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

import msgspec
import pytest

from services.ingest.domain import counting, reading
from services.ingest.domain.counting import Counter
from services.ingest.domain.duplicate import DuplicateFilter
from services.ingest.domain.record import Raw, Rejected
from shared.domain.predicate import Has
from shared.domain.series import series_key
from shared.domain.slo import SLO, DataSource, Indicator, Objective, RollingWindow
from shared.wire import Cells, GroupName
from tests.unit.protocol.actors import REVISION, SOURCE, CellCounter, Rules, as_cells
from tests.unit.protocol.adversary import run
from tests.unit.protocol.stories import STORIES, tell
from tests.unit.protocol.world import FILTER_BLOCK, Record, World

SEEDS = 60
YEARS = 10**9  # seconds: no event is too late
SLI_OF = {series_key(f"slo-{sli}", f"i{sli}"): sli for sli in range(6)}


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BLOCK", FILTER_BLOCK)
    monkeypatch.setattr(reading, "DuplicateFilter", partial(DuplicateFilter, FILTER_BLOCK))


@cache
def slos() -> tuple[SLO, ...]:
    """One SLO for each of the model's series, which counts the events that have its field."""
    source = DataSource("model", "model")
    found = []
    for sli in range(6):
        total = Has((f"s{sli}",))
        objective = Objective("main", Decimal("0.9"), Indicator(f"i{sli}", source, total, total))
        found.append(SLO(f"slo-{sli}", "model", RollingWindow(86_400, "1d"), (objective,)))
    return tuple(found)


class RealCounter(CellCounter):
    """Feeds events to the product's counter; each has a bucket of its own, named by its offset."""

    def __init__(self, world: World, source: int) -> None:
        self.revision, self.source, self.shards = world.revision, source, len(world.topic)
        self.real = Counter("model", slos(), shards=self.shards, too_late_s=YEARS, future_s=YEARS)

    def warm(self, records: Sequence[Raw]) -> None:
        self.real.warm(self.as_events(records))

    def count(self, records: Sequence[Raw]) -> list[Rejected]:
        return self.real.count(self.as_events(records))

    def cells(self) -> list[tuple[Cells, tuple[GroupName, ...]]]:
        """Return the cells as the model names and routes them."""
        routed: list[set[tuple[int, int]]] = [set() for _ in range(self.shards)]
        for found, _ in self.real.cells():
            assert found.total.tolist() == [1] * len(found)
            for series, offset in zip(found.series.tolist(), found.bucket.tolist(), strict=True):
                sli = SLI_OF[series]
                name = self.revision * REVISION + self.source * SOURCE + sli
                routed[sli % self.shards].add((name, offset))
        return [(as_cells(cells), ()) for cells in routed]

    def start_chunk(self) -> None:
        self.real.start_chunk()

    def as_events(self, records: Sequence[Raw]) -> list[Record]:
        return [event(record) for record in self.records(records)]


@cache
def event(record: Record) -> Record:
    fields = {f"s{sli}": True for sli in record.slis}
    value = {"id": str(record.event), "ts": record.offset * 10, "service": "model", **fields}
    return replace(record, value=msgspec.json.encode(value))


class RealRules(Rules):
    """The rules, with the product's counter."""

    counter = RealCounter


@pytest.mark.parametrize("part", range(4))
def test_every_event_is_counted_once_by_the_real_counter(part: int) -> None:
    verdicts = {seed: run(seed, RealRules()).faults() for seed in range(part, SEEDS, 4)}
    assert {seed: faults for seed, faults in verdicts.items() if faults} == {}


@pytest.mark.parametrize("name", STORIES)
def test_the_story_ends_well_with_the_real_counter(name: str) -> None:
    assert tell(STORIES[name], RealRules()).faults() == []


def test_a_counter_without_a_duplicate_filter_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DuplicateFilter, "duplicates", lambda *_: [])
    assert any("wrong" in run(seed, RealRules()).faults() for seed in range(0, 8, 4))
