"""The product agrees with the oracle: composites of parts with budgets of their own."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from leeway.trial.definitions import defined
from leeway.trial.run import run
from leeway.trial.source import EventFile, OpenFile
from shared.definitions.document import document_of
from tests.oracle import composite
from tests.oracle.case import Case, Promise, seconds
from tests.oracle.comparison import STANDARD, Judge, same
from tests.oracle.event import Indicator
from tests.oracle.state import worst
from tests.oracle.strategy import STARTS, TARGETS, ZONES, cases


@dataclass(frozen=True)
class PartPromise(Promise):
    """One objective of a composite: the requests of one tenant."""

    tenant: str = "a"

    @property
    def indicator(self) -> Indicator:
        whole = super().indicator
        return replace(
            whole,
            total=lambda fields: whole.total(fields) and fields.get("tenant") == self.tenant,
        )

    @property
    def part(self) -> dict[str, Any]:
        """The objective with its indicator as a document has it."""
        spec = super().document["spec"]
        ratio = spec["indicator"]["spec"]["ratioMetric"]
        for side in ("good", "total"):
            query = ratio[side]["metricSource"]["spec"]
            query["query"] += f" && tenant == '{self.tenant}'"
        spec["indicator"]["metadata"]["name"] = f"sli-{self.tenant}"
        promised: dict[str, Any] = spec["objectives"][0]
        return promised | {"displayName": self.tenant, "indicator": spec["indicator"]}


@dataclass(frozen=True)
class Composed:
    """A composite: parts that share a window and a method, and their weights."""

    parts: Sequence[PartPromise]
    weights: Sequence[str]

    @property
    def document(self) -> dict[str, Any]:
        whole = self.parts[0].document
        del whole["spec"]["indicator"]
        whole["spec"]["objectives"] = [
            part.part | {"compositeWeight": float(weight)}
            for part, weight in zip(self.parts, self.weights, strict=True)
        ]
        return whole


@st.composite
def composed(draw: DrawFn) -> tuple[Composed, Case]:
    """A composite and what happened; the promise of the case is its first part."""
    method = draw(st.sampled_from(["Occurrences", "Timeslices", "RatioTimeslices"]))
    calendar = draw(st.booleans())
    window, length = draw(st.sampled_from([("1h", "1m"), ("5h", "5m"), ("1d", "20m")]))
    first = PartPromise(
        window=window,
        start=draw(STARTS) if calendar else None,
        zone=draw(ZONES) if calendar else "UTC",
        method=method,
        slice=None if method == "Occurrences" else length,
        no_data=draw(st.sampled_from(["exclude", "good", "bad", "carry"])),
    )
    parts = [
        replace(
            first,
            tenant=tenant,
            target=draw(TARGETS),
            slice_target=draw(st.sampled_from(["0.5", "0.9"])),
        )
        for tenant in draw(st.sampled_from(["ab", "abc", "ba"]))
    ]
    weights = [draw(st.sampled_from(["1", "0.5", "2"])) for _ in parts]
    return Composed(parts, weights), draw(cases(st.just(parts[0]), most_ticks=5))


def agree(whole: Composed, case: Case) -> None:
    """Fail where `leeway try` says something else than the oracle."""
    file = io.BytesIO(b"\n".join(one.line for one in case.happenings))
    opened = OpenFile(EventFile(Path("events")), file)
    definitions = defined([document_of(whole.document)])
    (status,) = run(definitions, [opened], every=case.every, at=case.at).statuses
    judges = [Judge(replace(case, promise=part)) for part in whole.parts]
    for judge, said in zip(judges, status["objectives"], strict=True):
        judge.compare(said)
    assert status["state"] == worst([judge.state for judge in judges])
    parts = [
        composite.Part(judge.objective, judge.seen(case.last), Fraction(weight))
        for judge, weight in zip(judges, whole.weights, strict=True)
    ]
    said = status["composite"]
    silent = composite.without_data(parts)
    assert said["without_data"] == [whole.parts[number].tenant for number in silent]
    match whole.parts[0].method:
        case "Occurrences":
            same(said["consumed_ratio"], composite.consumed(parts))
            for text in STANDARD:
                same(said["burn_rates"][text], composite.burn_rate(parts, seconds(text)))
        case "Timeslices":
            same(said["sli"], composite.joint_sli(parts))
        case _:
            same(said["sli"], composite.ratio_sli(parts))


@given(composed())
@settings(max_examples=20, derandomize=True)
def test_composites(both: tuple[Composed, Case]) -> None:
    agree(*both)


@pytest.mark.soak
@given(composed())
@settings(max_examples=10_000)
def test_many(both: tuple[Composed, Case]) -> None:
    agree(*both)
