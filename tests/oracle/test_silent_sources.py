"""The product agrees with the oracle: what becomes of figures and alerts that go stale."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise, Rule
from tests.oracle.comparison import agree_when_late
from tests.oracle.strategy import (
    FEW,
    GROUPS,
    LATE,
    ROLLING,
    TARGETS,
    VERY_LATE,
    cases,
    quiet,
    sliced,
)

PATIENCE = st.sampled_from(["0m", "3m", "25m", "3h", "10h"])
RULES = st.builds(
    Rule,
    lookback=st.sampled_from(["10m", "1h", "1d", "3d"]),
    threshold=st.sampled_from(["0.5", "1"]),
    short=st.sampled_from([None, None, "5m"]),
    alert_after=PATIENCE,
    keep_firing_for=PATIENCE,
    no_data=st.booleans(),
)
ALERTING = st.builds(
    Promise,
    target=TARGETS,
    window=ROLLING,
    group_by=GROUPS,
    rules=st.lists(RULES, min_size=1, max_size=2).map(tuple),
)
SLICES = sliced(calendar=False) | sliced(calendar=True)


@given(quiet(cases(ALERTING, VERY_LATE, FEW)))
@settings(max_examples=100, derandomize=True)
def test_alerts(case: Case) -> None:
    agree_when_late(case)


@given(quiet(cases(SLICES, LATE, FEW)))
@settings(max_examples=15, derandomize=True)
def test_slices(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(quiet(cases(ALERTING, VERY_LATE) | cases(SLICES, LATE, FEW)))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree_when_late(case)
