"""What is counted apart has different names."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.series import series_key, series_keys

VALUES = st.text("ab\x1e\x1f", max_size=3)
GROUPS = st.lists(st.tuples(VALUES, VALUES), unique=True, min_size=2, max_size=20)


@given(GROUPS)
def test_groups_with_different_values_have_different_series(groups: list[tuple[str, str]]) -> None:
    keys = series_keys("checkout", "indicator", groups)
    assert len(set(keys)) == len(groups)
    assert keys == [series_key("checkout", "indicator", group) for group in groups]


def test_a_series_is_called_as_it_ever_was() -> None:
    assert series_key("checkout", "indicator", ("a", "b")) == 61_467_413_196_103_719
