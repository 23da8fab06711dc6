"""The turns of targets inside windows, as arrays."""

from decimal import Decimal

import numpy as np
import pytest

from services.evaluator.domain.turning import turning_of
from services.evaluator.domain.watch import watched
from shared.domain.slo import Former
from shared.domain.window import Between
from tests.unit.evaluator.build import NOW, group_name, slo

HOUR, DAY = 3_600, 86_400
TURN = NOW // HOUR * HOUR - DAY


def test_groups_of_an_objective_look_up_their_window_once_a_tick() -> None:
    one = slo(group_by=("tenant",), former=[Former(Decimal("0.9"), TURN)])
    groups = [group_name(one, str(number)) for number in range(500)]
    entries = [watched(one, one.objectives[0], group) for group in groups]

    turning = turning_of(entries, {Between(TURN): 0})

    assert turning is not None
    assert len(turning.own_windows) == 1
    assert len(turning.entry) == 500


def test_turns_are_inside_the_window_of_their_own_budget_or_not() -> None:
    former = [Former(Decimal("0.9"), TURN)]
    short, long = slo("short", window="1h", former=former), slo("long", former=former)
    entries = [watched(one, one.objectives[0]) for one in (short, long)]

    turning = turning_of(entries, {Between(TURN): 0})

    assert turning is not None
    total, since = np.array([100, 1_000]), np.array([100, 400])
    allowed = turning.allowed_bad(total, since, NOW)
    assert allowed.tolist() == pytest.approx([0.01 * 100, 0.1 * 600 + 0.01 * 400])
