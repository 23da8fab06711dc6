"""The alerts about Leeway itself: sound, explained, and firing when they should."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.chart import objects_of, read_yaml
from tests.deploy.source import DEPLOY, ROOT
from tests.support.prometheus import promtool

FILE = DEPLOY / "prometheus" / "rules.yaml"
CASES = Path(__file__).with_name("rules.test.yaml")
RULES: list[dict[str, Any]] = [
    rule for group in read_yaml(FILE.read_text())["groups"] for rule in group["rules"]
]
ALL = pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])


def test_promtool_accepts_every_rule(tmp_path: Path) -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", FILE, within=tmp_path)


def test_every_rule_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path)
    shutil.copy(CASES, tmp_path)
    promtool("test", "rules", CASES.name, within=tmp_path)


def test_every_rule_has_a_case() -> None:
    asked = re.findall(r"alertname: (\w+)", CASES.read_text())
    assert set(asked) == {rule["alert"] for rule in RULES}


@ALL
def test_a_rule_has_a_runbook_in_the_operations_page(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
    assert anchor == rule["alert"].lower()


@ALL
def test_a_rule_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    documented = set(re.findall(r"^\| `(leeway_[a-z_]+)", page, re.MULTILINE))
    asked = re.findall(r"\b(leeway_[a-z_]+)\{", rule["expr"])
    assert {name.removesuffix("_bucket") for name in asked} <= documented


@ALL
def test_a_rule_wakes_somebody_or_waits(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_chart_narrows_every_selector_to_its_namespace(tmp_path: Path) -> None:
    (made,) = [one for one in objects_of("secured") if one["kind"] == "PrometheusRule"]
    rules = [rule for group in made["spec"]["groups"] for rule in group["rules"]]
    assert [rule["alert"] for rule in rules] == [rule["alert"] for rule in RULES]
    for rule in rules:
        selectors = re.findall(r"\w+\{[^}]*\}", rule["expr"])
        assert selectors
        assert all('namespace="sla"}' in selector for selector in selectors), rule["expr"]
        assert rule["annotations"]["runbook_url"].startswith("https://leeway.example.com/")
        assert rule["labels"]["team"] == "reliability"


def test_promtool_accepts_what_the_chart_makes_of_them(tmp_path: Path) -> None:
    (made,) = [one for one in objects_of("secured") if one["kind"] == "PrometheusRule"]
    (tmp_path / "made.yaml").write_text(json.dumps(made["spec"]))
    promtool("check", "rules", "made.yaml", within=tmp_path)
