"""The policies of a composite that counts occurrences judge its parts together.

Its parts are answers at 99.9 % with weight 1 and fast answers at 99 % with weight 2: a burn of 6
is two errors in 1,000 of the one (2) and two in 100 of the other (2 * 2).
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from services.evaluator.alert_exposition import AlertExposition
from services.evaluator.still import still_of
from shared.domain.alert_rule import TOGETHER
from shared.domain.predicate import EVERYTHING, Compare, Op
from shared.domain.series import indicator_key, series_key
from shared.domain.slo import SLO, AlertPolicy, Indicator, Objective
from shared.domain.window import DAY
from tests.unit.evaluator.alarm import Alarm, policy
from tests.unit.evaluator.build import REQUESTS, key_of, slo

FAST = Compare(("duration_ms",), Op.LT, 300)
FAST_KEY = indicator_key(REQUESTS, EVERYTHING, FAST)


def composite(*policies: AlertPolicy) -> SLO:
    """Return the SLO with these policies."""
    answered = slo("checkout", target="0.999", policies=policies)
    fast = Objective(
        "fast", Decimal("0.99"), Indicator(FAST_KEY, REQUESTS, EVERYTHING, FAST), weight=Decimal(2)
    )
    return replace(answered, objectives=(*answered.objectives, fast), composite=True)


class Composed(Alarm):
    """A shard with a composite, of which 1,000 events are counted in each part."""

    def __init__(self, *policies: AlertPolicy) -> None:
        super().__init__(composite(*policies))

    def errors(self, answered: int | None, fast: int | None) -> None:
        """Count so many errors in 1,000 events of each part; None: no events."""
        keys = key_of(self.slos[0]), series_key("checkout", FAST_KEY)
        for key, bad in zip(keys, (answered, fast), strict=True):
            if bad is not None:
                self.feeder.count(key, self.now, 1_000 - bad, 1_000)

    def rows(self) -> list[tuple[str, str, str]]:
        """Return every alert's objective, condition and state."""
        self.save()
        return [(row.objective, row.condition, row.state) for row in self.stored.rows.values()]


@pytest.mark.parametrize(
    ("op", "threshold", "answered", "fast", "fires"),
    [
        ("gte", "6", 2, 20, True),
        ("gt", "6", 2, 20, False),
        ("gte", "6", 2, 19, False),
        ("gt", "5.8", 2, 20, True),
        ("gte", "6", 6, 0, True),
        ("gte", "6", 5, 0, False),
        ("gte", "6", None, 30, True),
        ("gte", "6", 6, None, True),
        ("gte", "1200", 1_000, 1_000, True),
        ("gt", "1200", 1_000, 1_000, False),
    ],
)
def test_what_the_parts_burn_adds_up_by_weight(
    op: str, threshold: str, answered: int | None, fast: int | None, fires: bool
) -> None:
    alarm = Composed(policy(threshold=threshold, op=op))
    alarm.errors(answered, fast)
    alarm.tick()
    assert alarm.rows() == [(TOGETHER, "burns", "firing")] * fires


def test_a_sum_that_rounding_would_miss_equals_the_threshold() -> None:
    alarm = Composed(policy(threshold="3", op="gte"))
    odd = replace(alarm.slos[0].objectives[0], target=Decimal("0.997"))
    alarm.define(replace(alarm.slos[0], objectives=(odd, alarm.slos[0].objectives[1])))
    alarm.errors(9, 0)
    alarm.tick()
    assert alarm.rows() == [(TOGETHER, "burns", "firing")]


def test_both_windows_are_those_of_all_parts() -> None:
    alarm = Composed(policy(threshold="6", op="gte", short="5m"))
    alarm.errors(2, 20)
    alarm.tick()
    assert alarm.rows() == [(TOGETHER, "burns", "firing")]
    alarm.tick(400)
    alarm.errors(0, 0)
    alarm.tick()
    assert alarm.rows() == [(TOGETHER, "burns", "resolved")]


def test_bad_events_of_all_parts_count_against_low_traffic() -> None:
    for least, fires in ((22, True), (23, False)):
        alarm = Composed(policy(threshold="6", op="gte", min_bad_events=least))
        alarm.errors(2, 20)
        alarm.tick()
        assert len(alarm.rows()) == fires


def test_the_budget_that_is_left_is_that_of_all_parts() -> None:
    for below, fires in (("0.5", True), ("0.4", False)):
        alarm = Composed(policy(threshold="0", op="gte", budget_below=Decimal(below)))
        alarm.errors(0, 3)  # 0.3 of its budget, twice: 0.6 of all
        alarm.tick()
        assert len(alarm.rows()) == fires


def test_the_alert_carries_the_figures_of_all_parts() -> None:
    alarm = Composed(policy(threshold="6", op="gte"))
    alarm.errors(2, 20)
    alarm.tick()
    (told,) = alarm.notifications()
    figures = told.figures
    assert (told.objective, figures.target, figures.sli) == (TOGETHER, 0.999, None)
    assert (figures.good, figures.bad, figures.total) == (1_978, 22, 2_000)
    assert figures.burn_long == pytest.approx(6)
    assert figures.burn_rates["30d"] == pytest.approx(6)
    assert figures.remaining_ratio == pytest.approx(-5)


def test_an_objective_that_has_no_data_alerts_by_itself() -> None:
    alarm = Composed(policy(threshold="6", op="gte", no_data=True))
    alarm.errors(0, 0)
    alarm.tick()
    alarm.tick(31 * DAY)
    alarm.errors(0, None)
    alarm.tick()
    assert ("fast", "no-data", "firing") in alarm.rows()
    assert TOGETHER not in [objective for objective, _, _ in alarm.rows()]


def test_an_alert_of_all_parts_lives_through_a_new_owner() -> None:
    alarm = Composed(policy(threshold="6", op="gte"))
    alarm.errors(2, 20)
    alarm.tick()
    alarm.take_over()
    alarm.tick(70)
    assert alarm.rows() == [(TOGETHER, "burns", "firing")]


def test_prometheus_sees_one_alert_for_all_parts() -> None:
    alarm = Composed(policy(threshold="6", op="gte"))
    alarm.errors(2, 20)
    alarm.tick()
    labels = ["" for _ in alarm.shard.table.entries]
    assert list(AlertExposition().lines(still_of(alarm.shard), labels)) == [
        'leeway_alert_firing{slo="checkout",objective="all parts",service="shop",'
        'policy="fast",condition="burns",severity="page"} 1\n'
    ]
