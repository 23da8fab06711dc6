"""Where an objective with a calendar window stands: so far, and by the whole period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.api.figures import ShardFigures
from services.api.schema.status import Objective
from services.api.status import Clock, status_of
from shared.domain.budget import State
from shared.domain.slo import SLO, CalendarWindow
from shared.domain.window import Calendar, Rolling, WindowKey
from tests.unit.api.world import AVAILABILITY, NOW, key_of, named, slo_of, snapshot_of

DAY = 86_400
NEPAL_AT = NOW - NOW % DAY + 6 * 3600 - (5 * 3600 + 45 * 60)  # six hours after midnight there
CLOCK = Clock(NEPAL_AT, stale_after=60)


def daily(target: str = "0.9", *, zone: str = "Asia/Kathmandu", duration: str = "1d") -> SLO:
    start = f'calendar: {{startTime: "2026-01-01 00:00:00", timeZone: {zone}}}'
    written = AVAILABILITY.replace("isRolling: true", f"isRolling: false, {start}")
    return slo_of(named("daily", target=target, text=written.replace("30d", duration)))


def standing(
    counts: tuple[int, int],
    *,
    slo: SLO | None = None,
    before: tuple[int, int] = (0, 0),
    hour: tuple[int, int] = (0, 0),
    at: int = NEPAL_AT,
    **more: Any,
) -> Objective:
    one = slo or daily()
    window = one.window
    assert isinstance(window, CalendarWindow)
    counted: dict[WindowKey, tuple[int, int]] = {
        Calendar(window): counts,
        Calendar(window, back=1): before,
        Rolling(3600): hour,
    }
    figures = ShardFigures(snapshot_of({key_of(one): counted}, [one], at=at, **more))
    return status_of(one, figures, Clock(at, 60), 1, {}).objectives[0]


def test_a_period_has_a_budget_so_far_and_one_of_the_whole() -> None:
    found = standing((90, 100), hour=(0, 0))
    assert found.window.model_dump() == {
        "type": "calendar",
        "duration": "1d",
        "from": datetime.fromtimestamp(NEPAL_AT, UTC) - timedelta(hours=6),
        "to": datetime.fromtimestamp(NEPAL_AT, UTC),
    }
    budget, whole = found.error_budget, found.error_budget.whole_period
    assert budget.allowed == pytest.approx(10)
    assert budget.consumed_ratio == pytest.approx(1)
    assert whole is not None
    assert whole.ends_at == datetime.fromtimestamp(NEPAL_AT, UTC) + timedelta(hours=18)
    assert whole.expected_total == 400
    assert whole.allowed == pytest.approx(40)
    assert whole.consumed_ratio == pytest.approx(0.25)
    assert whole.remaining_ratio == pytest.approx(0.75)


def test_a_busier_period_before_is_expected_again() -> None:
    whole = standing((90, 100), before=(1_000, 1_000)).error_budget.whole_period
    assert whole is not None
    assert whole.expected_total == 1_000
    assert whole.consumed_ratio == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("good", "before", "state"),
    [
        (100, 0, State.OK),
        (90, 0, State.OK),  # on target so far
        (89, 0, State.AT_RISK),  # below target so far
        (63, 0, State.AT_RISK),  # less than a tenth of the whole budget is left
        (60, 0, State.BREACHED),  # all of it is spent
        (60, 1_000, State.AT_RISK),  # but a larger one is expected
    ],
)
def test_the_state_goes_by_the_whole_period(good: int, before: int, state: State) -> None:
    assert standing((good, 100), before=(before, before)).state is state


def test_nothing_counted_in_the_period_is_no_data_whatever_was_before() -> None:
    found = standing((0, 0), before=(5, 10))
    assert (found.state, found.sli, found.error_budget.whole_period) == (State.NO_DATA, None, None)


@pytest.mark.parametrize(
    ("burn_1h", "hours"),
    [((95, 100), None), ((60, 100), 4.5), ((100, 100), None)],
)
def test_the_budget_is_exhausted_only_inside_the_period(
    burn_1h: tuple[int, int], hours: float | None
) -> None:
    """With 0.75 left of a day, a burn rate of 4 spends the rest in 4.5 hours."""
    found = standing((90, 100), hour=burn_1h).error_budget.exhausted_at
    expected = datetime.fromtimestamp(NEPAL_AT, UTC) + timedelta(hours=hours or 0)
    assert found == (expected if hours else None)


def test_a_spent_budget_of_the_period_is_gone_now() -> None:
    found = standing((50, 100))
    assert found.error_budget.exhausted_at == datetime.fromtimestamp(NEPAL_AT, UTC)


@pytest.mark.parametrize(("ago", "ever"), [(6 * 3600, True), (6 * 3600 + 1, False)])
def test_a_breach_counts_from_the_start_of_the_period(ago: int, ever: bool) -> None:
    one = daily()
    marks = {("daily", "availability", key_of(one)): NEPAL_AT - ago}
    assert standing((100, 100), breached_at=marks).ever_breached is ever


def test_a_day_of_25_hours_is_expected_to_count_more() -> None:
    berlin = daily(zone="Europe/Berlin")
    noon = int(datetime(2026, 10, 25, 11, tzinfo=UTC).timestamp())  # 13 hours after midnight
    whole = standing((130, 130), slo=berlin, at=noon).error_budget.whole_period
    assert whole is not None
    assert whole.expected_total == pytest.approx(250.0)
