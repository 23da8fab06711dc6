"""`docs/definitions.md` is right: its examples are accepted, its messages are those that come."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.definitions.check import check
from shared.definitions.kind import DEFAULT_VERSIONS
from shared.definitions.own.annotation import ANNOTATIONS, PREFIX
from shared.definitions.query import parse_query
from shared.definitions.reader import read_text
from tests.unit.definitions.builder import ABSENT, checked, service, sli, slo

PAGE = (Path(__file__).parents[3] / "docs" / "definitions.md").read_text(encoding="utf-8")
EXAMPLE = "\n---\n".join(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_the_examples_together_are_accepted_without_a_word() -> None:
    documents, problems = read_text(EXAMPLE, "definitions.md")
    found = check(documents)
    assert (problems, found.errors, found.warnings) == ([], (), ())


def test_every_kind_has_an_example() -> None:
    documents, _ = read_text(EXAMPLE, "definitions.md")
    known = {kind for kinds in DEFAULT_VERSIONS.values() for kind in kinds}
    assert {document.kind for document in documents} == known


def test_every_annotation_is_named_with_its_kinds_and_what_it_is_for() -> None:
    rows = re.findall(rf"^\| `({PREFIX}[a-z-]+)` \| ([A-Za-z, ]+) \| (.*) \|$", PAGE, re.MULTILINE)
    documented = {(name, kind, about) for name, kinds, about in rows for kind in kinds.split(", ")}
    assert documented == {
        (PREFIX + name, kind, annotation.about)
        for kind, known in ANNOTATIONS.items()
        for name, annotation in known.items()
    }


def test_every_query_can_be_read() -> None:
    (section,) = re.findall(r"^## Queries$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    queries = re.findall(r"^\| `(.*?)` \|", section, re.MULTILINE)
    assert len(queries) > 5
    for query in queries:
        parse_query(query.replace("\\|", "|"))


@pytest.mark.parametrize(
    ("written", "changes"),
    [
        ("target: 1.2", {"spec.objectives[0].target": 1.2}),
        ("budgetingMethod: Occurences", {"spec.budgetingMethod": "Occurences"}),
        ("servce: checkout", {"spec.servce": "checkout"}),
        (
            'query: "status = 200"',
            {
                "spec.indicator.spec.ratioMetric.good.metricSource.spec.query": "status = 200",
            },
        ),
        (
            "indicatorRef: checkout-anwers",
            {"spec.indicator": ABSENT, "spec.indicatorRef": "checkout-anwers"},
        ),
        ("leeway/no-dta: carry", {"metadata.annotations": {"leeway/no-dta": "carry"}}),
    ],
)
def test_what_is_said_to_be_answered_is_answered(written: str, changes: dict[str, Any]) -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{written}` | "))
    (documented,) = re.findall(r"\| `{1,2}([^|]+?)`{1,2} \|$", row)
    found = checked(slo(changes=changes), sli("checkout-answers"), service()).errors
    messages = [f"{problem.path}: {problem.message}" for problem in found]
    start, _, rest = documented.rpartition("...")
    assert any(message.startswith(start) and message.endswith(rest) for message in messages), (
        documented,
        messages,
    )
