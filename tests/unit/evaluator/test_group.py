"""At most so many groups of an indicator have a series of their own, in log order."""

import asyncio

import numpy as np
import pytest

from services.evaluator.domain import register
from services.evaluator.domain.shard import Shard
from services.evaluator.figures import Figures
from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.series import OTHER
from shared.domain.window import DAY, HOUR, Rolling
from shared.memory import MemoryShards
from shared.segment import decode_span
from tests.unit.evaluator.build import NOW, Feeder, group_name, slo, watch

GROUPED = slo(window="7d", group_by=("tenant",))


@pytest.fixture(autouse=True)
def _two_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "GROUPS", 2)


class Scene:
    """One shard, and one source that counts groups."""

    def __init__(self) -> None:
        self.store = MemoryShards()
        self.feeder = Feeder()
        self.at = NOW
        self.offset = 0
        self.shard = self.load()

    def load(self) -> Shard:
        loaded = asyncio.run(load(self.store, 0, 1, watch(GROUPED), self.at))
        self.epoch = loaded.epoch
        return loaded.shard

    def count(self, *tenants: str, time: int | None = None) -> None:
        """Count one event of each tenant and send the chunk so far."""
        for tenant in tenants:
            name = group_name(GROUPED, tenant)
            self.feeder.names[name.series] = name
            self.feeder.count(name.series, self.at if time is None else time, 1, 1)
        self.shard.apply(self.offset, self.at * 1000, self.feeder.message())
        self.offset += 1

    def wait(self, seconds: int) -> None:
        self.at += seconds

    def restart(self) -> None:
        async def save() -> None:
            flush = await completed(self.store, prepare(self.shard, self.epoch))
            await self.store.flush(flush)

        asyncio.run(save())
        self.shard = self.load()

    def totals(self) -> dict[str, int]:
        """Return what each group counted over the objective's window."""
        self.shard.advance(self.at, 60)
        snapshot = Figures(self.shard).snapshot(self.at)
        names = {name.series: name.values[0] for name in snapshot.groups}
        own = snapshot.windows.index(Rolling(7 * DAY))
        return {
            names[series]: int(total)
            for series, total in zip(snapshot.series.tolist(), snapshot.total[:, own], strict=True)
            if series in names
        }


def test_the_first_have_a_series_each_and_the_rest_share_one() -> None:
    scene = Scene()
    scene.count("a")
    scene.count("b", "c")
    scene.count("d", "a")
    assert sum(scene.totals().values()) == 5
    assert scene.totals()["a"] == 2
    assert scene.totals()[OTHER] == 2
    assert len(scene.totals()) == 3


def test_who_has_a_place_is_remembered_over_a_restart() -> None:
    scene = Scene()
    scene.count("b")
    scene.count("c")
    scene.count("a")
    before = scene.totals()
    scene.restart()
    assert scene.totals() == before == {"b": 1, "c": 1, OTHER: 1}
    scene.count("a", "b")
    assert scene.totals() == {"b": 2, "c": 1, OTHER: 2}


def test_a_group_that_is_out_of_the_window_gives_its_place_to_the_next() -> None:
    scene = Scene()
    scene.count("a")
    scene.count("b")
    scene.feeder.cut()
    scene.wait(7 * DAY - HOUR)
    scene.count("b")
    scene.count("c")
    assert scene.totals() == {"a": 1, "b": 2, OTHER: 1}
    scene.feeder.cut()
    scene.wait(4 * HOUR)
    scene.count("d")
    assert scene.totals() == {"b": 1, "d": 1, OTHER: 1}


def test_a_group_keeps_its_place_while_it_counts_something_in_the_same_message() -> None:
    scene = Scene()
    scene.count("a", "b")
    scene.feeder.cut()
    scene.wait(30 * DAY)
    scene.count("a", "b", "c", time=scene.at - 8 * DAY)
    assert set(scene.totals()) == {"a", "b", OTHER}


def test_a_group_that_never_pauses_takes_the_first_place_that_is_free() -> None:
    scene = Scene()
    scene.count("a", "b")
    for _ in range(8 * 24):
        scene.feeder.cut()
        scene.count("c")
        scene.wait(HOUR)
    later = 8 * 24 - (7 * 24 + 1)  # a window and an hour to spare have to pass first
    assert scene.totals()["c"] == later


def test_what_an_open_chunk_counted_before_there_was_a_place_stays_with_the_others() -> None:
    scene = Scene()
    scene.count("a", "b")
    scene.feeder.cut()
    scene.wait(DAY)
    scene.count("c")
    scene.wait(6 * DAY + 2 * HOUR)
    scene.count("c", "c")
    assert (scene.totals()["c"], scene.totals()[OTHER]) == (2, 1)


def test_a_new_group_takes_over_a_row_without_what_it_held() -> None:
    scene = Scene()
    scene.count("a", "b")
    for days in (1, 3, 6):
        scene.count("a", "b", time=NOW - days * DAY)
    scene.restart()
    for tenant in "cdefgh":
        scene.feeder.cut()
        scene.wait(8 * DAY)
        scene.count(tenant, f"{tenant}2")
        scene.restart()
        scene.restart()
        assert scene.totals() == {tenant: 1, f"{tenant}2": 1}
    assert len(scene.shard.register.rows) <= 4


def test_no_stored_span_keeps_what_a_dropped_row_counted() -> None:
    scene = Scene()
    for hours in (0, 1, 30, 100):
        scene.count("a", time=NOW - hours * HOUR)
    scene.restart()
    scene.shard.register.drop(np.array([0], np.int64))
    scene.restart()
    spans = [
        span
        for tier in (10, 60, 900)
        for span in asyncio.run(scene.store.segments(0, tier, 0, 2**40))
    ]
    assert spans
    assert not any(decode_span(span.data).any() for span in spans)
