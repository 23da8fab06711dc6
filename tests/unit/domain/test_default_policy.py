from decimal import Decimal

import pytest

from shared.domain.default_policy import default_policies, nominal_length, policies_of
from shared.domain.slo import CalendarWindow, RollingWindow
from shared.domain.window import DAY, HOUR
from tests.unit.evaluator.build import slo

Tier = tuple[str, str, str, str]  # name, lookback, short window, threshold


def tiers(days: float, target: str = "0.999") -> list[Tier]:
    return [
        (c.name, c.lookback_text, str(c.short_window_text), f"{c.threshold:.4f}")
        for c in (p.condition for p in default_policies(int(days * DAY), Decimal(target)))
    ]


def test_thirty_days_have_the_tiers_of_the_workbook() -> None:
    assert tiers(30) == [
        ("fast-page", "1h", "5m", "14.4000"),
        ("slow-page", "6h", "30m", "6.0000"),
        ("fast-ticket", "1d", "2h", "3.0000"),
        ("slow-ticket", "3d", "6h", "1.0000"),
    ]


@pytest.mark.parametrize(
    ("days", "thresholds"),
    [
        (28, ["13.4400", "5.6000", "2.8000", "0.9333"]),
        (29, ["13.9200", "5.8000", "2.9000", "0.9667"]),
        (31, ["14.8800", "6.2000", "3.1000", "1.0333"]),
    ],
)
def test_windows_of_about_a_month_spend_the_same_share_of_the_budget(
    days: int, thresholds: list[str]
) -> None:
    found = tiers(days)
    assert [tier[1:3] for tier in found] == [tier[1:3] for tier in tiers(30)]
    assert [tier[3] for tier in found] == thresholds


@pytest.mark.parametrize(
    ("days", "windows"),
    [
        (7, [("14m", "1m"), ("84m", "7m"), ("336m", "28m"), ("1008m", "84m")]),
        (1, [("10m", "1m"), ("12m", "1m"), ("48m", "4m"), ("144m", "12m")]),
        (90, [("3h", "15m"), ("18h", "90m"), ("3d", "6h"), ("9d", "18h")]),
        (1 / 24, [("10m", "1m")] * 4),
        (1 / 48, []),
    ],
)
def test_lookbacks_scale_with_other_windows(days: float, windows: list[tuple[str, str]]) -> None:
    found = tiers(days)
    assert [tier[1:3] for tier in found] == windows
    assert [tier[3] for tier in found] == ["14.4000", "6.0000", "3.0000", "1.0000"][: len(windows)]


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("0.94", ["fast-page", "slow-page", "fast-ticket", "slow-ticket"]),
        ("0.93", ["slow-page", "fast-ticket", "slow-ticket"]),
        ("0.8", ["fast-ticket", "slow-ticket"]),
        ("0.5", ["slow-ticket"]),
    ],
)
def test_tiers_that_no_error_ratio_reaches_are_left_out(target: str, names: list[str]) -> None:
    assert [tier[0] for tier in tiers(30, target)] == names


def test_default_tiers_alert_nobody() -> None:
    assert all(policy.targets == () for policy in default_policies(30 * DAY, Decimal("0.99")))


def test_only_slos_without_policies_have_the_default_ones() -> None:
    plain = slo()
    own = default_policies(30 * DAY, Decimal("0.9"))[:1]
    (objective,) = plain.objectives
    assert policies_of(plain, objective) == default_policies(30 * DAY, Decimal("0.99"))
    assert policies_of(slo(policies=own), objective) == own


def test_a_calendar_window_counts_with_its_usual_length() -> None:
    month = CalendarWindow(1, "M", "1M", "2026-01-01 00:00:00", "UTC")
    assert nominal_length(month) == 30 * DAY
    assert nominal_length(RollingWindow(36 * HOUR, "36h")) == 36 * HOUR
