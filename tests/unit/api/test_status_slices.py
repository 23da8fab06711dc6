"""The status of what counts slices, of composites, and of groups together."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.api.figures import ShardFigures
from services.api.schema.exclusion import Recurrence
from services.api.schema.status import Status
from services.api.status import Clock, status_of
from shared.domain.corrected import corrected_series
from shared.domain.slicing import PARTS, joint_key, slices_key
from shared.domain.slo import SLO
from tests.unit.api.world import (
    AVAILABILITY,
    CHRISTMAS,
    NOW,
    catalogue_of,
    even,
    group_of,
    key_of,
    slo_of,
    snapshot_of,
)

CLOCK = Clock(NOW, stale_after=60)
SLICED = AVAILABILITY.replace("target: 0.999", "target: 0.99\n      timeSliceWindow: 1h").replace(
    "Occurrences", "RatioTimeslices"
)
TIMESLICES = SLICED.replace("RatioTimeslices", "Timeslices").replace(
    "timeSliceWindow", "timeSliceTarget: 0.9\n      timeSliceWindow"
)
DAILY = "{duration: 1d, calendar: {startTime: '2026-01-01 00:00:00', timeZone: Asia/Kathmandu}}"
PART = """
    - displayName: {name}
      target: 0.9
      compositeWeight: {weight}
      timeSliceTarget: 0.9
      timeSliceWindow: 1h
      indicator:
        metadata: {{name: {name}}}
        spec:
          ratioMetric:
            counter: true
            good: {{metricSource: {{metricSourceRef: requests, spec: {{query: "{name} == 1"}}}}}}
            total: {{metricSource: {{metricSourceRef: requests, spec: {{query: "true"}}}}}}
"""


def composite(method: str) -> SLO:
    head, _ = AVAILABILITY.split("  indicator:")
    parts = PART.format(name="a", weight=1) + PART.format(name="b", weight=0.5)
    return slo_of(head.replace("Occurrences", method) + "  objectives:" + parts)


def status(slo: SLO, counts: Mapping[int, tuple[int, int]], **more: Any) -> Status:
    """Return the status after these (good, total) in every window, by series."""
    found = {series: even(*count, slo) for series, count in counts.items()}
    return status_of(slo, ShardFigures(snapshot_of(found, [slo], **more)), CLOCK, 1, {})


def slices(slo: SLO, objective: int = 0, group: tuple[str, ...] = ()) -> int:
    return slices_key(slo, slo.objectives[objective], group)


def test_timeslices_show_slices_and_the_events_behind_them() -> None:
    slo = slo_of(TIMESLICES)
    (found,) = status(slo, {slices(slo): (700, 710), key_of(slo): (9_000, 9_999)}).objectives
    assert (found.good, found.bad, found.total) == (700, 10, 710)
    assert found.events is not None
    assert (found.events.good, found.events.total) == (9_000, 9_999)
    assert found.error_budget.allowed == pytest.approx(7.1)
    assert found.error_budget.consumed_ratio == pytest.approx(10 / 7.1)


def test_the_ratios_of_slices_show_their_mean_and_no_number_of_good_ones() -> None:
    slo = slo_of(SLICED)
    (found,) = status(slo, {slices(slo): (99 * PARTS // 100 * 4, 4 * PARTS)}).objectives
    assert (found.good, found.bad, found.total, found.sli) == (None, None, 4, 0.99)
    assert found.state == "at_risk"  # spent exactly, which is not broken
    assert found.error_budget.allowed == pytest.approx(0.04)


def test_coverage_leaves_the_slice_in_progress_out() -> None:
    slo = slo_of(TIMESLICES)
    counts: dict[int, tuple[int, int]] = {slices(slo): (700, 710)}
    (found,) = status(slo, counts).objectives
    assert found.coverage == 710 / 719  # complete until two seconds before the hour
    (found,) = status(slo, counts, watermarks={"leeway.requests.v1": NOW * 1000}).objectives
    assert found.coverage == 710 / 720


def test_a_calendar_period_expects_all_its_slices() -> None:
    slo = slo_of(TIMESLICES.replace("{duration: 30d, isRolling: true}", DAILY))
    (found,) = status(slo, {slices(slo): (10, 11)}).objectives
    whole = found.error_budget.whole_period
    assert whole is not None
    assert whole.expected_total == 24
    assert whole.consumed_ratio == pytest.approx(1 / 0.24)
    assert found.coverage == 1.0  # 18:15 to 05:15: eleven slices have ended


def test_occurrences_of_parts_add_up_by_weight() -> None:
    slo = composite("Occurrences")
    found = status(slo, {key_of(slo): (95, 100), key_of(slo, objective=1): (8, 10)})
    assert found.composite is not None
    assert found.composite.consumed_ratio == pytest.approx(0.5 + 0.5 * 2)
    assert found.composite.remaining_ratio == pytest.approx(-0.5)
    assert found.composite.burn_rates["1h"] == pytest.approx(1.5)
    assert (found.composite.sli, found.composite.without_data) == (None, [])
    assert found.state == "breached"


def test_a_part_without_data_adds_nothing_and_is_named() -> None:
    slo = composite("Occurrences")
    found = status(slo, {key_of(slo): (95, 100)}).composite
    assert found is not None
    assert found.consumed_ratio == pytest.approx(0.5)
    assert found.without_data == ["b"]


def test_slices_of_parts_count_as_one() -> None:
    slo = composite("Timeslices")
    counts = {slices(slo): (9, 10), slices(slo, 1): (9, 10), joint_key(slo): (8, 11)}
    found = status(slo, counts).composite
    assert found is not None
    assert (found.good, found.bad, found.total, found.sli) == (8, 3, 11, 8 / 11)
    assert found.burn_rates == {}


@pytest.mark.parametrize(("second", "sli"), [(90, 0.85), (0, 0.4), (None, 0.9)])
def test_what_parts_lack_adds_up_by_weight(second: int | None, sli: float) -> None:
    slo = composite("RatioTimeslices")
    counts = {slices(slo): (9 * PARTS, 10 * PARTS)}
    if second is not None:
        counts[slices(slo, 1)] = (second * PARTS, 100 * PARTS)
    found = status(slo, counts).composite
    assert found is not None
    assert found.sli == pytest.approx(sli)


def test_groups_are_shown_together_and_the_worst_is_named() -> None:
    grouped = TIMESLICES.replace(
        "metadata: {name: answered}",
        "metadata: {name: answered, annotations: {leeway/group-by: probe}}",
    )
    slo = slo_of(grouped)
    names = [group_of(slo, (probe,)) for probe in ("eu", "us", "new")]
    counts = {slices(slo, group=("eu",)): (99, 100), slices(slo, group=("us",)): (90, 100)}
    (found,) = status(slo, counts, groups=tuple(names)).objectives
    assert (found.good, found.total) == (189, 200)
    assert found.rollup is not None
    assert found.rollup.groups == 3
    assert found.rollup.worst is not None
    assert found.rollup.worst.group == {"probe": "us"}
    assert found.rollup.worst.remaining_ratio == pytest.approx(-9)


def test_what_has_no_groups_has_no_rollup() -> None:
    slo = slo_of(AVAILABILITY)
    (found,) = status(slo, {key_of(slo): (1, 1)}).objectives
    assert (found.rollup, found.events) == (None, None)


def test_the_figures_before_exclusions_stand_beside() -> None:
    (slo,) = catalogue_of(AVAILABILITY, CHRISTMAS).slos
    raw, counted = key_of(slo), corrected_series(slo, slo.objectives[0].indicator)
    found = status(slo, {raw: (900, 1_000), counted: (800, 800)})
    (objective,) = found.objectives
    assert (objective.good, objective.total, objective.state) == (800, 800, "ok")
    assert objective.raw is not None
    assert (objective.raw.good, objective.raw.bad, objective.raw.sli) == (900, 100, 0.9)
    assert objective.raw.error_budget.remaining_ratio == pytest.approx(-99)
    (exclusion,) = found.exclusions
    assert (exclusion.name, exclusion.predicate, exclusion.in_force) == ("christmas", None, True)
    assert exclusion.from_ == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert exclusion.until == datetime(2026, 11, 23, 6, 0, 5, tzinfo=UTC)


def test_an_exclusion_that_recurs_says_when() -> None:
    once = CHRISTMAS[CHRISTMAS.index("  from:") : CHRISTMAS.index("  reason:")]
    every_night = """  recurrence:
    rrule: FREQ=DAILY
    start: "2026-01-04 02:00:00"
    duration: 2h
    timeZone: Europe/Berlin
"""
    (slo,) = catalogue_of(AVAILABILITY, CHRISTMAS.replace(once, every_night)).slos
    (exclusion,) = status(slo, {}).exclusions
    assert exclusion.recurrence == Recurrence(
        rrule="FREQ=DAILY",
        start="2026-01-04 02:00:00",
        duration_seconds=7_200,
        time_zone="Europe/Berlin",
    )
    assert (exclusion.from_, exclusion.until) == (None, None)
