"""The product agrees with the oracle: which alerts fire, and when."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import ROLLING, RULES, TARGETS, VERY_LATE, cases

ALERTING = st.builds(
    Promise,
    target=TARGETS,
    window=ROLLING,
    rules=st.lists(RULES, min_size=1, max_size=3).map(tuple),
    group_by=st.sampled_from([None, None, "tenant"]),
)


@given(cases(ALERTING))
@settings(max_examples=30, derandomize=True)
def test_alerts(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(ALERTING))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(ALERTING, VERY_LATE))
@settings(max_examples=10_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)
