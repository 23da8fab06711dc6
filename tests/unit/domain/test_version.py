"""What the versions of a promise allow inside one window."""

from decimal import Decimal

import pytest

from shared.domain.predicate import EVERYTHING
from shared.domain.slo import DataSource, Former, Indicator, Objective
from shared.domain.version import allowed_bad, in_force, turns, versions_since

COUNTED = Indicator("key", DataSource("requests", "topic"), EVERYTHING, EVERYTHING)
FORMER = Former(Decimal("0.9"), 100), Former(Decimal("0.95"), 200)
PROMISE = Objective("availability", Decimal("0.99"), COUNTED, former=FORMER)


@pytest.mark.parametrize(
    ("at", "target", "before"),
    [(99, "0.9", 0), (100, "0.95", 1), (199, "0.95", 1), (200, "0.99", 2)],
)
def test_a_target_is_in_force_until_the_moment_it_changes(
    at: int, target: str, before: int
) -> None:
    found = in_force(PROMISE, at)
    assert (found.target, found.former) == (Decimal(target), FORMER[:before])


@pytest.mark.parametrize(
    ("start", "counted", "allowed"),
    [
        (0, [1_000, 600, 100], 400 * 0.1 + 500 * 0.05 + 100 * 0.01),
        (100, [600, 100], 500 * 0.05 + 100 * 0.01),
        (250, [100], 1.0),
        (0, [1_000, 0, 0], 100.0),
    ],
)
def test_each_version_allows_its_share_of_what_was_counted_while_it_was_in_force(
    start: int, counted: list[int], allowed: float
) -> None:
    assert len(turns(PROMISE, start)) == len(counted) - 1
    assert allowed_bad(PROMISE, counted) == pytest.approx(allowed)


def test_the_versions_of_a_window_follow_each_other() -> None:
    found = versions_since(PROMISE, 150)
    assert [(str(one.target), one.start, one.end) for one in found] == [
        ("0.95", 150, 200),
        ("0.99", 200, None),
    ]
