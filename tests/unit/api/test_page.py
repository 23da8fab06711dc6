import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.page import burn, count, length, percent

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (None, "\N{EN DASH}"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
        (0.9999999, "99.999 %"),
        (0.8999999, "89.999 %"),
        (-0.05, "\N{MINUS SIGN}5 %"),
        (-999.0, "\N{MINUS SIGN}99900 %"),
        (-0.0000001, "0 %"),
        (0.1 + 0.2, "30 %"),
    ],
)
def test_a_percentage_is_cut_and_never_rounded_up(ratio: float | None, text: str) -> None:
    assert percent(ratio) == text.replace(" ", SPACE)


@given(st.floats(0, 1, exclude_max=True))
def test_less_than_all_never_looks_like_all(ratio: float) -> None:
    assert percent(ratio) != f"100{SPACE}%"


@pytest.mark.parametrize(
    ("rate", "text"),
    [(None, "\N{EN DASH}"), (0.0, "0.00"), (0.999, "1.00"), (14.4, "14.4"), (999.9, "1000")],
)
def test_a_burn_rate_has_few_digits(rate: float | None, text: str) -> None:
    assert burn(rate) == text


def test_thousands_are_set_apart() -> None:
    assert count(1_234_567) == "1\u202f234\u202f567"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_700, "1 h 1 min"),
        (86_400 * 2 + 59, "2 d"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_has_its_largest_units(seconds: float, text: str) -> None:
    assert length(seconds).replace(SPACE, " ") == text
