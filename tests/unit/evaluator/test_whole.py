"""An objective with groups is breached, or was, by what all of them counted together."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from services.api.figures import ShardFigures
from services.api.status import Clock, status_of
from services.evaluator.domain.shard import Shard
from services.evaluator.figures import Figures
from shared.domain.budget import State
from shared.domain.series import series_key
from shared.domain.slo import SLO, Former
from shared.domain.window import DAY, HOUR
from shared.wire import GroupName
from tests.unit.evaluator.alarm import STALE_AFTER, Alarm
from tests.unit.evaluator.build import (
    DAY_IN_NEPAL,
    MONTH,
    NOW,
    REQUESTS,
    group_name,
    indicator,
    sliced,
    slo,
)

GROUPED = slo(window="7d", target="0.9", group_by=["tenant"])
NEPALESE = slo(window=DAY_IN_NEPAL, target="0.9", group_by=["tenant"])
MONTHLY = slo(window=MONTH, target="0.9", group_by=["tenant"])
TURNED = slo(
    window="7d",
    target="0.9",
    group_by=["tenant"],
    former=[Former(Decimal("0.5"), NOW // 10 * 10 - DAY)],
)


ANSWERS = indicator(
    group_by=["tenant"], source=replace(REQUESTS, name="answers", weight_field=("answers",))
)
APART = replace(GROUPED, objectives=(replace(GROUPED.objectives[0], good_indicator=ANSWERS),))


def shop(one: SLO) -> Alarm:
    """Return a shard that knows two tenants."""
    alarm = Alarm(one)
    for tenant in "ab":
        for name in (group_name(one, tenant), answers(one, tenant)):
            alarm.feeder.names[name.series] = name
    return alarm


def answers(one: SLO, tenant: str) -> GroupName:
    """Return the name of what counts a tenant's good events apart."""
    key = series_key(one.name, ANSWERS.key, (tenant,))
    return GroupName(key, one.name, ANSWERS.key, (tenant,))


def judged(shard: Shard, one: SLO, at: int) -> tuple[State, bool | None, list[bool | None]]:
    """Return state and `ever_breached` of all groups together, and the latter of each group."""
    found = ShardFigures(Figures(shard).snapshot(at))
    status = status_of(one, found, Clock(at, STALE_AFTER), 1, {})
    (objective,) = status.objectives
    groups = [group.objectives[0].ever_breached for group in status.groups]
    return objective.state, objective.ever_breached, groups


def test_a_group_that_was_breached_does_not_make_all_of_them_breached() -> None:
    alarm = shop(GROUPED)
    alarm.count(10, 10, group="a")
    alarm.count(0, 990, group="b")
    alarm.tick()
    assert judged(alarm.shard, GROUPED, alarm.now)[1:] == (False, [True, False])


def test_all_of_them_were_breached_though_none_is_now() -> None:
    alarm = shop(GROUPED)
    alarm.count(20, 100, group="a")
    alarm.count(0, 10, group="b")
    alarm.tick()
    alarm.count(0, 10_000, group="a")
    alarm.tick()
    alarm.take_over()
    alarm.tick()
    assert judged(alarm.shard, GROUPED, alarm.now)[1:] == (True, [True, False])


@pytest.mark.parametrize(
    "one",
    [
        GROUPED,
        APART,
        NEPALESE,
        MONTHLY,
        TURNED,
        sliced(GROUPED, 900),
        sliced(NEPALESE, HOUR),
        sliced(NEPALESE, HOUR, ratio=True),
        sliced(replace(NEPALESE, objectives=TURNED.objectives), HOUR),
    ],
)
def test_they_are_breached_exactly_when_their_state_says_so(one: SLO) -> None:
    seen = {found for seed in range(4) for found in lived(Random(seed), one)}
    assert seen == {(True, True), (False, False)}


def lived(dice: Random, one: SLO) -> Iterator[tuple[bool, bool]]:
    """Let a shard live, and yield whether it marks a breach, and whether the state says so."""
    alarm, series = shop(one), {group_name(one, tenant).series for tenant in "ab"}
    alarm.tick()
    for step in range(40):
        share = (0.0, 1.0, 0.0, 0.2)[step // 10] if dice.random() < 0.8 else 0.1
        for ago in (0, dice.randint(0, 20 * HOUR), dice.randint(0, 4 * DAY)):
            total = dice.randint(1, 30)
            bad, tenant = round(share * total), dice.choice("ab")
            alarm.count(bad, total, group=tenant, ago=ago)
            if one is APART:
                alarm.feeder.count(answers(one, tenant).series, alarm.now - ago, 0, total - bad)
        alarm.tick(dice.choice((10, 900, HOUR)))
        marks = alarm.shard.breaches.marks().items()
        whole = [at for (*_, of), at in marks if of not in series]
        state, *_ = judged(alarm.shard, one, alarm.now)
        yield alarm.now in whole, state is State.BREACHED
