"""The Grafana dashboards: built as stored, well formed, and every query answered by Prometheus."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.grafana.build import FOLDER, dashboards, text_of
from tests.conftest import missing
from tests.deploy.source import ROOT
from tests.deploy.stack import WatchedShop, watched_shop
from tests.support.prometheus import NoPrometheus
from tests.support.waiting import wait_until

METRICS = (ROOT / "docs" / "metrics.md").read_text()
DASHBOARDS = dashboards()
BUILT_IN = {"$__rate_interval": "10s", "${datasource}": "prometheus"}
ALL = pytest.mark.parametrize("name", DASHBOARDS)

Json = dict[str, Any]


def panels(dashboard: Json) -> Iterator[Json]:
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel


def expressions(dashboard: Json) -> Iterator[tuple[str, str]]:
    """Yield each panel's title with each of its queries."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def variables(dashboard: Json) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each query variable: name, selector, label, and whether all may be chosen."""
    for one in dashboard["templating"]["list"]:
        if one["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", one["definition"])
            assert found, one["definition"]
            yield one["name"], found[1], found[2], one["includeAll"]


def test_the_stored_files_are_those_that_are_built() -> None:
    stored = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert stored == {name: text_of(one) for name, one in DASHBOARDS.items()}, (
        "run `python -m deploy.grafana.build`"
    )


@ALL
def test_panels_lie_side_by_side_without_overlapping(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert len(numbers) == len(set(numbers))


@ALL
def test_every_variable_in_a_query_is_one_of_the_dashboard(name: str) -> None:
    known = {one["name"] for one in DASHBOARDS[name]["templating"]["list"]} | {"__rate_interval"}
    for title, expression in expressions(DASHBOARDS[name]):
        assert set(re.findall(r"\$\{?(\w+)", expression)) <= known, title


@ALL
def test_every_metric_in_a_query_is_documented(name: str) -> None:
    documented = set(re.findall(r"^\| `(leeway_[a-z_]+)", METRICS, re.MULTILINE))
    for title, expression in expressions(DASHBOARDS[name]):
        for metric in re.findall(r"leeway_[a-z_]+", expression):
            plain = re.sub(r"_(bucket|count|sum)$", "", metric)
            assert {metric, plain} & documented, f"{title}: {metric}"


def test_links_lead_to_dashboards_that_exist_with_variables_that_they_have() -> None:
    by_uid = {one["uid"]: one for one in DASHBOARDS.values()}
    links = re.findall(r'"url": "/d/([\w-]+)\?([^"]*)"', json.dumps(DASHBOARDS))
    assert links
    for uid, query in links:
        known = {one["name"] for one in by_uid[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", query)) <= known


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedShop]:
    """A Prometheus that scrapes the shop."""
    try:
        with watched_shop(tmp_path_factory.mktemp("watched")) as found:
            yield found
    except NoPrometheus as error:
        missing(error)


def filled(text: str, chosen: dict[str, str]) -> str:
    """Return a query as Grafana sends it, with these values of its variables."""
    for name, value in chosen.items():
        text = re.sub(rf"\$(\{{{name}\}}|{name}\b)", value.replace("\\", r"\\"), text)
    for name, value in BUILT_IN.items():
        text = text.replace(name, value)
    return text


def choices(dashboard: Json, prometheus: WatchedShop) -> dict[str, str]:
    """Return what the variables hold when the dashboard is opened: all, else the first value."""
    chosen: dict[str, str] = {}
    for name, selector, label, all_of_them in variables(dashboard):
        values = prometheus.label_values(filled(selector, chosen), label)
        if all_of_them:
            chosen[name] = ".*"
        else:
            assert values, f"${name} has no value"
            chosen[name] = values[0]
    return chosen


@ALL
def test_every_query_returns_data_from_a_real_prometheus(
    prometheus: WatchedShop, name: str
) -> None:
    dashboard = DASHBOARDS[name]
    chosen = choices(dashboard, prometheus)
    waiting = {(title, filled(expression, chosen)) for title, expression in expressions(dashboard)}
    assert waiting

    def all_answered() -> bool:
        prometheus.disturb()
        for one in sorted(waiting):
            result = prometheus.value_of(one[1])
            if any(item["value"][1] not in {"NaN", "+Inf", "-Inf"} for item in result):
                waiting.discard(one)
        return not waiting

    try:
        wait_until(all_answered, "every query returns data", within=90)
    except AssertionError as error:
        unanswered = "\n".join(f"{title}: {expression}" for title, expression in sorted(waiting))
        raise AssertionError(f"{error}; still without:\n{unanswered}") from None
