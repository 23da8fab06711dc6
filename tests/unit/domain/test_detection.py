"""Detection and reset times are those of the SRE workbook."""

from decimal import Decimal

import pytest

from shared.domain.default_policy import default_policies
from shared.domain.detection import can_hold, detection_time, reaction
from shared.domain.slo import AlertCondition

DAY = 86_400
MINUTE = 60.0
HOUR = 3600.0
B = Decimal("0.001")


def condition(
    threshold: str = "14.4",
    lookback: int = 3600,
    *,
    op: str = "gt",
    short_window: int | None = 300,
    alert_after: int = 0,
    keep_firing_for: int = 0,
    min_bad_events: int = 1,
) -> AlertCondition:
    return AlertCondition(
        name="c",
        severity="page",
        op=op,
        threshold=Decimal(threshold),
        lookback=lookback,
        lookback_text="",
        short_window=short_window,
        alert_after=alert_after,
        keep_firing_for=keep_firing_for,
        min_bad_events=min_bad_events,
    )


@pytest.mark.parametrize(
    ("error_ratio", "expected"),
    [
        (
            "1",
            [
                (52, 4.9 * MINUTE),
                (2.2 * MINUTE, 29.8 * MINUTE),
                (4.3 * MINUTE, 2.0 * HOUR),
                (4.3 * MINUTE, 6.0 * HOUR),
            ],
        ),
        (
            "0.15",
            [
                (5.8 * MINUTE, 4.5 * MINUTE),
                (14.4 * MINUTE, 28.8 * MINUTE),
                (28.8 * MINUTE, 2.0 * HOUR),
                (28.8 * MINUTE, 6.0 * HOUR),
            ],
        ),
        (
            "0.02",
            [
                (43.2 * MINUTE, 1.4 * MINUTE),
                (1.8 * HOUR, 21 * MINUTE),
                (3.6 * HOUR, 1.7 * HOUR),
                (3.6 * HOUR, 5.7 * HOUR),
            ],
        ),
        ("0.002", [None, None, None, (36 * HOUR, 3 * HOUR)]),
    ],
)
def test_the_default_tiers_at_three_nines_over_30_days(
    error_ratio: str, expected: list[tuple[float, float] | None]
) -> None:
    policies = default_policies(30 * DAY, Decimal("0.999"))
    for policy, times in zip(policies, expected, strict=True):
        found = reaction(policy.condition, B, Decimal(error_ratio))
        if times is None:
            assert (found.detected_after, found.reset_after) == (None, None)
        else:
            assert found.detected_after == pytest.approx(times[0], rel=0.02)
            assert found.reset_after == pytest.approx(times[1], rel=0.02)


@pytest.mark.parametrize(("op", "holds"), [("gt", False), ("gte", True), ("lt", True)])
def test_a_threshold_that_only_everything_failing_meets(op: str, holds: bool) -> None:
    assert can_hold(condition("1000", op=op), B) is holds
    assert not can_hold(condition("1000.1", op="gte"), B)


def test_at_exactly_the_threshold_the_whole_lookback_must_fill() -> None:
    assert detection_time(condition("10", op="gte"), B, Decimal("0.01")) == 3600
    assert detection_time(condition("10", op="gt"), B, Decimal("0.01")) is None


def test_waiting_is_added_before_firing_and_before_resolving() -> None:
    plain = reaction(condition(), B, Decimal(1))
    waiting = reaction(condition(alert_after=60, keep_firing_for=120), B, Decimal(1))
    assert plain.detected_after is not None
    assert plain.reset_after is not None
    assert waiting.detected_after == plain.detected_after + 60
    assert waiting.reset_after == plain.reset_after + 120


def test_without_a_short_window_the_lookback_resets() -> None:
    found = reaction(condition(short_window=None), B, Decimal(1))
    assert found.reset_after == pytest.approx(3600 * (1 - 0.0144))


def test_the_floor_against_low_traffic_delays_or_prevents() -> None:
    burn = condition(min_bad_events=10)
    assert reaction(burn, B, Decimal(1), bad_per_second=0.01).detected_after == 1000
    assert reaction(burn, B, Decimal(1), bad_per_second=100).detected_after == pytest.approx(51.84)
    assert reaction(burn, B, Decimal(1), bad_per_second=0.001).detected_after is None
