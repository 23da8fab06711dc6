"""Which periods a promise has."""

from itertools import islice, pairwise

from services.api.compliance import periods_before
from shared.domain.slo import CalendarWindow, RollingWindow
from tests.unit.api.world import NOW

DAY = 86_400
MONTH = CalendarWindow(1, "M", "1M", "2026-01-01 00:00:00", "Europe/Berlin")


def test_the_periods_of_a_window_that_rolls_follow_each_other_without_gaps() -> None:
    found = list(islice(periods_before(RollingWindow(30 * DAY, "30d"), NOW, NOW - 30 * DAY), 3))
    assert found == [(NOW - (n + 1) * 30 * DAY, NOW - n * 30 * DAY) for n in (1, 2, 3)]


def test_the_periods_of_a_calendar_window_are_those_of_the_calendar() -> None:
    found = list(islice(periods_before(MONTH, NOW, 0), 12))
    assert all(later[0] == earlier[1] for later, earlier in pairwise(found))
    assert [(end - start) / 3600 for start, end in found[:2]] == [31 * 24 + 1, 30 * 24]
