"""What people read: each kind of alert says what is wrong, and what is right again."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.evaluator.delivery.wording import condition, sentence
from shared.domain.alert_rule import RuleKind
from shared.notification import Event
from tests.unit.evaluator.delivery.build import FIGURES, notification

BURNS = "the error budget burns 20.5 times as fast as allowed over 1h"
LOW = {"threshold": 0.0, "remaining_ratio": 0.2, "budget_below": 0.25}
SHORT = {"threshold": 0.0, "remaining_ratio": 0.2, "exhausted_within": "3d"}


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, BURNS),
        (LOW, "20 % of the error budget is left, less than 25 %"),
        (SHORT, "the error budget lasts 3d or less at the last hour's rate"),
        ({**SHORT, "remaining_ratio": -0.5}, "the error budget is spent"),
        (
            {**LOW, "threshold": 14.4},
            f"{BURNS}; 20 % of the error budget is left, less than 25 %",
        ),
        ({"burn_long": None}, "the condition of the alert holds"),
    ],
)
def test_an_alert_says_what_its_condition_is_about(figures: dict[str, Any], expected: str) -> None:
    assert sentence(notification(figures=replace(FIGURES, **figures))) == expected


@pytest.mark.parametrize(
    ("kind", "figures", "expected"),
    [
        (RuleKind.BURN, {}, "the error budget burns as allowed again"),
        (RuleKind.BURN, {**LOW, "remaining_ratio": 0.3}, "30 % of the error budget is left"),
        (RuleKind.BURN, {**SHORT, "remaining_ratio": 0.3}, "30 % of the error budget is left"),
        (RuleKind.NO_DATA, {}, "there are events again"),
        (RuleKind.STALE, {}, "its figures are up to date again"),
    ],
)
def test_what_is_over_says_what_is_right_again(
    kind: RuleKind, figures: dict[str, Any], expected: str
) -> None:
    told = notification(
        Event.RESOLVED, kind=kind, reason="recovered", figures=replace(FIGURES, **figures)
    )
    assert sentence(told) == expected


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, "burn over 1h and 5m against 14.4"),
        (LOW, "burn over 1h and 5m against 0, with less than 25 % of the budget left"),
        (SHORT, "burn over 1h and 5m against 0, with a budget that lasts 3d or less"),
    ],
)
def test_a_condition_says_everything_that_it_asks(figures: dict[str, Any], expected: str) -> None:
    told = notification(figures=replace(FIGURES, **figures))
    assert condition(told) == f"fast-burn / burns-fast: {expected}"
