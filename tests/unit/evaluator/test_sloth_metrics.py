"""The objectives' figures under the names of Sloth's recording rules."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.evaluator.sloth_exposition import duration
from shared.domain.slo import SLO
from shared.domain.window import DAY, HOUR
from tests.unit.evaluator.build import NOW, group_name, key_of, slo
from tests.unit.evaluator.test_metrics import Scene

CHECKOUT = slo(target="0.9")


def samples(scene: Scene) -> dict[str, dict[str, float]]:
    """Return the figures by SLO (as Sloth names it) and metric."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(scene.metrics.take_sloth()().decode()):
        for sample in family.samples:
            found.setdefault(sample.labels["sloth_slo"], {})[sample.name] = sample.value
    return found


def counted(*slos: SLO) -> Scene:
    scene = Scene(*slos)
    for one in slos:
        scene.feeder.count(key_of(one), NOW, 95, 100)
        scene.feeder.count(key_of(one), NOW - 3 * HOUR, 75, 100)
    scene.send()
    return scene


def test_every_rule_of_sloth_has_its_figure() -> None:
    (found,) = samples(counted(CHECKOUT)).values()
    assert {name: round(value, 12) for name, value in found.items()} == {
        "slo:sli_error:ratio_rate5m": 0.05,
        "slo:sli_error:ratio_rate30m": 0.05,
        "slo:sli_error:ratio_rate1h": 0.05,
        "slo:sli_error:ratio_rate2h": 0.05,
        "slo:sli_error:ratio_rate6h": 0.15,
        "slo:sli_error:ratio_rate1d": 0.15,
        "slo:sli_error:ratio_rate3d": 0.15,
        "slo:sli_error:ratio_rate30d": 0.15,
        "slo:objective:ratio": 0.9,
        "slo:error_budget:ratio": 0.1,
        "slo:time_period:days": 30,
        "slo:current_burn_rate:ratio": 0.5,
        "slo:period_burn_rate:ratio": 1.5,
        "slo:period_error_budget_remaining:ratio": -0.5,
        "sloth_slo_info": 1,
    }


def test_labels_are_those_of_sloth() -> None:
    text = counted(CHECKOUT).metrics.take_sloth()().decode()
    own = f'sloth_id="shop-{CHECKOUT.name}",sloth_service="shop"'
    assert f'slo:objective:ratio{{{own},sloth_slo="{CHECKOUT.name}"}} 0.9' in text
    assert f'{own},sloth_slo="{CHECKOUT.name}",sloth_window="5m"}}' in text
    assert 'sloth_mode="leeway",sloth_objective="90",sloth_spec="openslo/v1"' in text


def test_each_objective_and_group_is_an_slo_of_its_own() -> None:
    (objective,) = CHECKOUT.objectives
    twice = replace(CHECKOUT, objectives=(objective, replace(objective, name="again")))
    assert samples(counted(twice)).keys() == {
        f"{CHECKOUT.name}-{objective.name}",
        f"{CHECKOUT.name}-again",
    }
    grouped = slo("grouped", group_by=("tenant",))
    scene = Scene(grouped)
    name = group_name(grouped, "a")
    scene.feeder.names[name.series] = name
    scene.feeder.count(name.series, NOW, 1, 1)
    scene.send()
    assert samples(scene).keys() == {"grouped{tenant=a}"}


def test_promises_of_agreements_are_not_shown_a_second_time() -> None:
    promised = replace(slo("promised"), agreement="for-the-storefront")
    assert samples(counted(CHECKOUT, promised)).keys() == {CHECKOUT.name}


def test_a_window_of_four_weeks_has_the_name_that_sloth_gives_it() -> None:
    weeks = slo(window="28d")
    (found,) = samples(counted(weeks)).values()
    assert "slo:sli_error:ratio_rate4w" in found
    assert found["slo:time_period:days"] == 28


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (300, "5m"),
        (5400, "1h30m"),
        (DAY, "1d"),
        (36 * HOUR, "1d12h"),
        (7 * DAY, "1w"),
        (30 * DAY, "30d"),
        (90 * DAY, "90d"),
    ],
)
def test_lengths_are_written_as_prometheus_writes_them(seconds: int, expected: str) -> None:
    assert duration(seconds) == expected
