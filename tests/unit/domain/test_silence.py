from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.silence import Comparison, Matcher, Silence

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABELS = {"slo": "checkout", "severity": "page", "group.tenant": "a"}


def silence(*matchers: Matcher, ended_at: datetime | None = None) -> Silence:
    return Silence("s", matchers, AT, AT + HOUR, "ada", "", AT, ended_at)


@pytest.mark.parametrize(
    ("name", "comparison", "value", "matches"),
    [
        ("slo", "=", "checkout", True),
        ("slo", "=", "check", False),
        ("slo", "!=", "check", True),
        ("slo", "!=", "checkout", False),
        ("slo", "=~", "check.*", True),
        ("slo", "=~", "check", False),
        ("slo", "=~", "pay|checkout", True),
        ("group.tenant", "=", "a", True),
        ("group.region", "=", "", True),
        ("group.region", "!=", "a", True),
        ("group.region", "=~", ".+", False),
    ],
)
def test_a_matcher_compares_the_whole_label(
    name: str, comparison: str, value: str, matches: bool
) -> None:
    assert Matcher(name, Comparison(comparison), value).matches(LABELS) is matches


def test_a_silence_covers_what_every_matcher_matches() -> None:
    both = silence(
        Matcher("slo", Comparison.EQUAL, "checkout"), Matcher("severity", Comparison.EQUAL, "page")
    )
    assert both.covers(LABELS)
    assert not both.covers(LABELS | {"severity": "ticket"})


@pytest.mark.parametrize(
    ("after", "ended", "active"),
    [(-1, None, False), (0, None, True), (59, None, True), (60, None, False), (30, 30, False)],
)
def test_a_silence_lasts_from_its_start_until_its_end(
    after: int, ended: int | None, active: bool
) -> None:
    at = [None if m is None else AT + timedelta(minutes=m) for m in (after, ended)]
    assert at[0] is not None
    one = silence(Matcher("slo", Comparison.EQUAL, "checkout"), ended_at=at[1])
    assert one.is_active(at[0]) is active


def test_a_matcher_says_what_is_wrong_with_it() -> None:
    assert Matcher("group.x", Comparison.EQUAL, "").problem() is None
    assert "there is no label 'sloo'" in str(Matcher("sloo", Comparison.EQUAL, "").problem())
    assert "no regular expression" in str(Matcher("slo", Comparison.MATCHES, "(").problem())
