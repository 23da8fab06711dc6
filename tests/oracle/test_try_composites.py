"""The product agrees with the oracle: composites of parts with budgets of their own."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from leeway.trial.definitions import defined
from leeway.trial.run import run
from leeway.trial.source import EventFile, OpenFile
from shared.definitions.document import document_of
from tests.oracle.case import Case
from tests.oracle.comparison import lived
from tests.oracle.composition import Composition, PartPromise, compare
from tests.oracle.strategy import LATE, ON_TIME, RULES, STARTS, TARGETS, ZONES, befallen, cases


@st.composite
def composed(draw: DrawFn, delays: SearchStrategy[int] = ON_TIME) -> Composition:
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
        rules=tuple(draw(st.lists(RULES, max_size=2))),
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
    case = draw(cases(st.just(parts[0]), delays, most_ticks=5))
    return Composition(**vars(case), parts=parts, weights=weights)


def agree(case: Composition) -> None:
    """Fail where `leeway try` says something else than the oracle."""
    file = io.BytesIO(b"\n".join(one.line for one in case.happenings))
    opened = OpenFile(EventFile(Path("events")), file)
    definitions = defined([document_of(one) for one in case.documents()])
    trial = run(definitions, [opened], every=case.every, at=case.at)
    compare(case, trial.statuses, trial.alerts)


def agree_when_late(case: Case) -> None:
    """Fail where an evaluator says something else of a composite, whatever befalls it."""
    found, life = lived(case)
    assert isinstance(found, Composition)
    compare(found, life.statuses(), life.alerts())


@given(composed())
@settings(max_examples=12, derandomize=True)
def test_composites(case: Composition) -> None:
    agree(case)


@given(befallen(composed(LATE)))
@settings(max_examples=12, derandomize=True)
def test_late_events_and_restarts(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(composed())
@settings(max_examples=10_000)
def test_many(case: Composition) -> None:
    agree(case)


@pytest.mark.soak
@given(befallen(composed(LATE)))
@settings(max_examples=10_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)
