"""Whatever a document holds, checking says what is wrong with it, and nothing breaks."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import document_of
from tests.unit.definitions.builder import (
    EVERY_KIND,
    Body,
    agreement,
    changed,
    policy,
    slo,
    threshold_spec,
)

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 0.5, 1e300, 10**30]),
    st.sampled_from(["", "x", "No", "5m", "0m", "1M", "-5m", "7x", "kafka", "requests", "a = 1"]),
    st.sampled_from(["gt", "lte", "Timeslices", "RatioTimeslices", "burnrate", "carry", "x" * 300]),
    st.sampled_from(["2026-01-01 00:00:00", "Europe/Berlin", "availability", "fast"]),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([None]),
    st.just({"leeway/short-window": "5m", "leeway/min-bad-events": "x"}),
)

COMPOSITE = changed(
    slo("composite"),
    {
        "spec.indicator": None,
        "spec.objectives": [
            {"target": 0.9, "indicatorRef": "availability"},
            {
                "target": 0.9,
                "indicator": {"metadata": {"name": "x"}, "spec": threshold_spec()},
                "op": "lt",
                "value": 1,
            },
        ],
        "spec.alertPolicies": [
            {"alertPolicyRef": "fast-burn"},
            {"kind": "AlertPolicy", "metadata": {"name": "p"}, "spec": policy()["spec"]},
        ],
        "spec.budgetingMethod": "Timeslices",
    },
)
BODIES = [*EVERY_KIND.values(), COMPOSITE, agreement()]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


@st.composite
def bodies(draw: st.DrawFn) -> list[Body]:
    made = copy.deepcopy(BODIES)
    for _ in range(draw(st.integers(1, 3))):
        body = made[draw(st.integers(0, len(made) - 1))]
        path = draw(st.sampled_from(places(body)[1:]))
        holder = body
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = copy.deepcopy(draw(VALUES))
    return made


@settings(max_examples=300, deadline=None)
@given(bodies())
def test_checking_never_raises_and_what_passes_compiles(made: list[Body]) -> None:
    documents = [document_of(body, file=str(number)) for number, body in enumerate(made)]
    strict = check(documents, strict=True)
    assert strict.warnings == ()
    found = check(documents)
    for problem in (*found.errors, *found.warnings, *strict.errors):
        assert problem.message
    assert len(set(found.errors)) == len(found.errors)
    if not found.errors:
        compile_catalogue(made, revision=1, counted_from={})


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_a_change_is_checked_against_any_known_documents_that_passed(made: list[Body]) -> None:
    documents = [document_of(body) for body in made]
    known = [document_of(body) for body in BODIES]
    for document in documents:
        check([document], known=known)
