"""Which periods a promise has, and on which of them its agreement held."""

from datetime import date
from itertools import islice, pairwise

from services.api.compliance import Term, periods_before
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


def test_an_agreement_holds_from_its_first_to_its_last_day() -> None:
    term = Term(date(1970, 1, 2), date(1970, 1, 3))
    assert not term.meets((0, DAY))
    assert term.meets((0, DAY + 1))
    assert term.meets((3 * DAY - 1, 4 * DAY))
    assert not term.meets((3 * DAY, 4 * DAY))
    assert Term(date(1970, 1, 2), None).meets((100 * DAY, 101 * DAY))
