"""`leeway try` agrees with the oracle: occurrences in rolling windows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree
from tests.oracle.strategy import ROLLING, TARGETS, cases


@given(cases(st.builds(Promise, target=TARGETS, window=ROLLING)))
@settings(max_examples=60)
def test_rolling_occurrences(case: Case) -> None:
    agree(case)
