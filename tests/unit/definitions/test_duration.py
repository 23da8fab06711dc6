"""Durations as they are written."""

import pytest

from shared.domain.duration import Duration, in_words, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0m", 0),
        ("5m", 300),
        ("1h", 3600),
        ("30d", 2592000),
        ("4w", 2419200),
        ("1M", 2592000),
        ("1Q", 7776000),
        ("1Y", 31536000),
    ],
)
def test_a_duration_is_a_whole_number_of_one_unit(text: str, seconds: int) -> None:
    duration = parse_duration(text)
    assert duration is not None
    assert (duration.seconds, str(duration)) == (seconds, text)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", " 5m", "5m ", "-5m", "1.5h", "5x", "5mm", "\u0665m"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_duration(text) is None


def test_seconds_are_a_unit_only_where_they_are_asked_for() -> None:
    assert parse_duration("5s") is None
    assert parse_duration("5s", "smhd") == Duration(5, "s")
    assert parse_duration("1M", "mhdw") is None


@pytest.mark.parametrize(("text", "calendar"), [("1w", False), ("1M", True), ("2Q", True)])
def test_months_quarters_and_years_have_no_fixed_length(text: str, calendar: bool) -> None:
    duration = parse_duration(text)
    assert duration is not None
    assert duration.is_calendar is calendar


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "90s"), (5400, "90m"), (86_400, "1d"), (604_800, "1w")]
)
def test_a_length_in_words_uses_the_largest_unit_that_fits(seconds: int, text: str) -> None:
    assert in_words(seconds) == text
