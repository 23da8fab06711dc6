"""What a real Prometheus makes of our figures."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from prometheus_client import CollectorRegistry, generate_latest

from services.evaluator.app import create_app
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.vitals import Vitals
from services.ingest.metrics import Metrics as IngestMetrics
from tests.conftest import missing
from tests.support.port import free_port
from tests.support.prometheus import (
    NoPrometheus,
    Prometheus,
    Scraped,
    promtool,
    running_prometheus,
)
from tests.support.waiting import wait_until
from tests.unit.evaluator.build import NOW, group_name, key_of, slo
from tests.unit.evaluator.test_metrics import Scene

RULES = Path(__file__).parents[2] / "examples" / "prometheus"
OF_SLOTH = 'sloth_service="shop",sloth_slo="burning"'


def a_scene() -> Scene:
    """One objective that burns, one that is well, one without events, and a group."""
    burning, well, silent = (slo(name, target="0.999") for name in ("burning", "well", "silent"))
    grouped = slo("grouped", group_by=("tenant",))
    scene = Scene(burning, well, silent, grouped)
    scene.feeder.count(key_of(burning), NOW, 50, 100)
    scene.feeder.count(key_of(well), NOW, 100, 100)
    name = group_name(grouped, 'a "b"\n')
    scene.feeder.names[name.series] = name
    scene.feeder.count(name.series, NOW, 1, 1)
    scene.send()
    return scene


@contextmanager
def served(scene: Scene) -> Iterator[str]:
    """Serve the evaluator's figures; give the address."""
    registry, port = CollectorRegistry(), free_port()
    Vitals(registry)
    DeliveryMetrics(registry).attempted("on-call", "delivered")
    app = create_app(tuple, registry, scene.metrics.render, scene.metrics.render_sloth)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),))
    thread.start()
    try:
        wait_until(lambda: server.started, "the figures are served")
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(a_scene()) as found:
        yield found


@pytest.fixture(scope="module")
def prometheus(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    jobs = {"evaluator": Scraped(address), "sloth": Scraped(address, "/metrics/sloth")}
    try:
        with running_prometheus(folder, jobs, RULES / "rules.yaml") as found:
            wait_until(lambda: found.value_of("sum(up) == 2"), "both paths are scraped", within=60)
            yield found
    except NoPrometheus as error:
        missing(error)


def test_promtool_finds_nothing_wrong_with_the_evaluators_figures(
    address: str, tmp_path: Path
) -> None:
    text = httpx.get(f"http://{address}/metrics").content
    assert b"leeway_burn_rate{" in text
    promtool("check", "metrics", within=tmp_path, given=text)


def test_promtool_finds_nothing_wrong_with_ingests_figures(tmp_path: Path) -> None:
    text = generate_latest(IngestMetrics(CollectorRegistry()).registry)
    promtool("check", "metrics", within=tmp_path, given=text)


def test_promtool_accepts_the_example_rules_and_their_cases(tmp_path: Path) -> None:
    promtool("check", "rules", "rules.yaml", within=RULES)
    promtool("test", "rules", "rules.test.yaml", within=RULES)


def test_figures_are_asked_for_by_slo_window_and_group(prometheus: Prometheus) -> None:
    (burn,) = prometheus.value_of('leeway_burn_rate{slo="burning",window="1h"}')
    assert float(burn["value"][1]) == pytest.approx(500)
    assert burn["metric"]["service"] == "shop"
    (grouped,) = prometheus.value_of('leeway_sli_ratio{slo="grouped",window="5m"}')
    assert grouped["metric"]["group"] == 'tenant=a "b"\n'
    (counted,) = prometheus.value_of('sum(leeway_events_total{slo="burning"})')
    assert counted["value"][1] == "100"


def test_the_example_rules_fire_for_what_burns_and_for_nothing_else(
    prometheus: Prometheus,
) -> None:
    def firing() -> set[tuple[str, str]]:
        alerts = prometheus.ask("alerts")["alerts"]
        return {
            (alert["labels"]["alertname"], alert["labels"]["slo"])
            for alert in alerts
            if alert["state"] == "firing"
        }

    wait_until(lambda: firing() >= {("ErrorBudgetBurnsFast", "burning")}, "the burning one fires")
    assert {slo for name, slo in firing() if name.startswith("ErrorBudgetBurns")} == {"burning"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"slo:objective:ratio{{{OF_SLOTH}}}", 0.999),
        (f"slo:current_burn_rate:ratio{{{OF_SLOTH}}}", 500),
        (f"slo:period_error_budget_remaining:ratio{{{OF_SLOTH}}}", -499),
        (f'slo:sli_error:ratio_rate5m{{{OF_SLOTH},sloth_window="5m"}}', 0.5),
        (
            f"slo:sli_error:ratio_rate1h{{{OF_SLOTH}}}"
            " / on (sloth_id) group_left slo:error_budget:ratio",
            500,
        ),
        (f'count(sloth_slo_info{{{OF_SLOTH},sloth_objective="99.9"}})', 1),
        ('count(slo:objective:ratio - on (sloth_id) slo:objective:ratio{sloth_slo!=""})', 4),
        ("sum(slo:time_period:days) / count(slo:time_period:days)", 30),
    ],
)
def test_dashboards_made_for_sloth_have_answers(
    prometheus: Prometheus, query: str, expected: float
) -> None:
    (found,) = prometheus.value_of(query)
    assert float(found["value"][1]) == pytest.approx(expected)
