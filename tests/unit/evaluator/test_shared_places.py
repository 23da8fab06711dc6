"""Indicators of an SLO with the same fields have the same groups, whatever comes first."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.evaluator.domain import register
from services.evaluator.domain.shard import Shard
from shared.domain.corrected import subtracted_of
from shared.domain.exclusion import Exclusion, Once
from shared.domain.predicate import Truth
from shared.domain.series import OTHER, series_key
from shared.domain.slo import SLO, DataSource, Indicator
from shared.domain.window import DAY, HOUR
from shared.wire import GroupName
from tests.unit.evaluator.alarm import Alarm
from tests.unit.evaluator.build import NOW, Feeder, indicator, slo

ANSWERS = DataSource("answers", "answers")
GROUPED = slo(window="7d", group_by=("tenant",))


@pytest.fixture(autouse=True)
def _two_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "GROUPS", 2)


def apart() -> SLO:
    """Return an SLO whose good events are answers, and whose total are requests."""
    answers = indicator(group_by=("tenant",), source=ANSWERS)
    return replace(GROUPED, objectives=(replace(GROUPED.objectives[0], good_indicator=answers),))


class Scene:
    """One shard, a source of requests, and one of answers."""

    def __init__(self, one: SLO) -> None:
        self.slo = one
        self.alarm = Alarm(one)
        self.requests = Feeder()
        self.answers = Feeder(topic="answers", topic_id="id-2")

    @property
    def shard(self) -> Shard:
        return self.alarm.shard

    def count(self, feeder: Feeder, counted: Indicator, tenant: str, good: int, total: int) -> None:
        """Count events of a tenant, and send the chunk so far."""
        key = series_key(self.slo.name, counted.key, (tenant,))
        feeder.names[key] = GroupName(key, self.slo.name, counted.key, (tenant,))
        feeder.count(key, self.alarm.now, good, total)
        offset = self.shard.progress.next_offset
        self.shard.apply(offset, self.alarm.now * 1000, feeder.message())

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return good and total of each group."""
        self.shard.advance(self.alarm.now, 60)
        return dict(self._counts())

    def _counts(self) -> Iterator[tuple[str, tuple[int, int]]]:
        counts = self.shard.table.counts(self.shard.counters.sums).T.tolist()
        for entry, (good, total) in zip(self.shard.table.entries, counts, strict=True):
            assert entry.group is not None
            yield entry.group.values[0], (good, total)


def test_good_and_all_events_counted_apart_have_the_same_groups() -> None:
    one = apart()
    scene, good = Scene(one), one.objectives[0].good_indicator
    assert good is not None
    for tenant in "abc":
        scene.count(scene.requests, one.objectives[0].indicator, tenant, 0, 100)
    for tenant in "cba":
        scene.count(scene.answers, good, tenant, 0, 99)
    assert scene.counts() == dict.fromkeys(("a", "b", OTHER), (99, 100))


def test_who_leaves_makes_place_for_both() -> None:
    one = apart()
    scene, good = Scene(one), one.objectives[0].good_indicator
    assert good is not None
    total = one.objectives[0].indicator
    scene.count(scene.requests, total, "a", 0, 1)
    scene.count(scene.requests, total, "b", 0, 1)
    scene.alarm.now += 7 * DAY
    scene.count(scene.answers, good, "b", 0, 1)
    scene.alarm.now += 2 * HOUR
    scene.count(scene.answers, good, "c", 0, 2)
    scene.count(scene.requests, total, "c", 0, 3)
    assert scene.counts() == {"b": (0, 0), "c": (2, 3)}


def test_what_is_excluded_by_a_predicate_is_taken_out_of_the_group_that_counted_it() -> None:
    probe = Exclusion("probes", Once(NOW - DAY, NOW + DAY), Truth(("probe",)), "probe", "x", "ann")
    one = replace(GROUPED, exclusions=(probe,))
    one = replace(one, subtracted=subtracted_of(one))
    scene, probes = Scene(one), one.subtracted[0].indicator
    for tenant in "abc":
        scene.count(scene.requests, one.objectives[0].indicator, tenant, 90, 100)
    scene.count(scene.requests, probes, "c", 0, 10)
    assert scene.counts() == {"a": (90, 100), "b": (90, 100), OTHER: (90, 90)}
