"""The oracle's own readings, one by one, on examples small enough to check by hand."""

from datetime import datetime
from fractions import Fraction

import pytest

from tests.oracle.alert import Condition, Look, Transition, run
from tests.oracle.budget import Seen, evaluated, interval_of
from tests.oracle.calendar import CalendarWindow, period_at
from tests.oracle.event import Count
from tests.oracle.promise import Objective, Slices, Version
from tests.oracle.slicing import sliced, slices_of_period
from tests.oracle.window import DAY, HOUR, Interval, rolling

HALF = Fraction(1, 2)


def test_the_end_of_a_window_is_rounded_up_and_its_start_down() -> None:
    assert rolling(HOUR, 7201) == Interval(3610, 7210)
    assert rolling(HOUR, 7200) == Interval(3600, 7200)
    assert rolling(2 * HOUR, 7211) == Interval(0, 7220)
    assert rolling(2 * HOUR, 7271) == Interval(60, 7280)
    assert rolling(4 * DAY, 10 * DAY + 3601) == Interval(6 * DAY + HOUR, 10 * DAY + 3610)


def test_an_event_on_the_end_of_a_window_does_not_count() -> None:
    objective = Objective(HALF, HOUR)
    counts = [Count(Fraction(at), 1, 1) for at in (3599, 3600, 7199, 7200)]

    measure = evaluated(objective, Seen(counts, 7200, 7200, 0)).measure

    assert measure.events_total == 2


@pytest.mark.parametrize(
    ("start", "zone", "count", "unit", "at", "bounds"),
    [
        # A day of 23 hours, and one of 25.
        ("2026-01-01", "Europe/Berlin", 1, "d", "2026-03-29T12:00+02:00", (23, "2026-03-28T23:00")),
        ("2026-01-01", "Europe/Berlin", 1, "d", "2026-10-25T12:00+01:00", (25, "2026-10-24T22:00")),
        # Lord Howe moves by half an hour.
        (
            "2026-01-01",
            "Australia/Lord_Howe",
            1,
            "d",
            "2026-04-05T01:00Z",
            (24.5, "2026-04-04T13:00"),
        ),
        # +5:45
        ("2026-01-01", "Asia/Kathmandu", 1, "d", "2026-04-05T01:00Z", (24, "2026-04-04T18:15")),
        # The end of a month clamps, and is taken from the start each time.
        ("2026-01-31", "UTC", 1, "M", "2026-03-01T00:00Z", (31 * 24, "2026-02-28T00:00")),
        ("2026-01-31", "UTC", 1, "M", "2026-04-01T00:00Z", (30 * 24, "2026-03-31T00:00")),
        ("2024-02-29", "UTC", 1, "Y", "2026-01-01T00:00Z", (365 * 24, "2025-02-28T00:00")),
        ("2026-01-01", "UTC", 1, "Q", "2026-05-01T00:00Z", (91 * 24, "2026-04-01T00:00")),
        # Before the start there are periods too.
        ("2026-01-01", "UTC", 1, "w", "2025-12-31T00:00Z", (7 * 24, "2025-12-25T00:00")),
    ],
)
def test_periods(
    start: str, zone: str, count: int, unit: str, at: str, bounds: tuple[float, str]
) -> None:
    window = CalendarWindow(start, zone, count, unit)

    period = period_at(window, int(datetime.fromisoformat(at).timestamp()))

    assert (period.end - period.start) / HOUR == bounds[0]
    assert period.start == int(datetime.fromisoformat(bounds[1] + "Z").timestamp())


def sliced_objective(no_data: str = "exclude", **more: int) -> Objective:
    return Objective(HALF, HOUR, Slices(60, HALF, no_data, **more))


@pytest.mark.parametrize(
    ("no_data", "good", "counted"),
    [("exclude", 1, 2), ("good", 8, 9), ("bad", 1, 9), ("carry", 4, 6)],
)
def test_empty_slices(no_data: str, good: int, counted: int) -> None:
    # Minutes 1 (good) and 5 (bad) have data; ten minutes have ended; a verdict is carried for 3.
    # Carried: minutes 2 to 4 are good as minute 1 was, minutes 6 to 8 bad, minute 9 is silence.
    objective = sliced_objective(no_data, silence_after=180)
    counts = [Count(Fraction(60), 1, 1), Count(Fraction(300), 0, 1)]

    found = sliced(objective, counts, Interval(0, 600), watermark=600, counted_since=400)

    assert found.ended == 10
    if no_data == "carry":
        assert [one.slice.start // 60 for one in found.verdicts] == [1, 2, 3, 4, 5, 6, 7, 8]
        return
    assert len(found.verdicts) == counted
    assert sum(one.value for one in found.verdicts) == good


def test_the_slice_in_progress_does_not_count_yet() -> None:
    counts = [Count(Fraction(60), 1, 1), Count(Fraction(120), 0, 1)]

    figures = evaluated(sliced_objective(), Seen(counts, 179, 179, 0))

    assert figures.measure.counted == 1
    assert figures.measure.sli == 1


def test_calendar_slices_begin_with_the_period_and_the_last_is_cut() -> None:
    window = CalendarWindow("2026-01-01", "Australia/Lord_Howe", 1, "d")
    objective = Objective(HALF, window, Slices(2 * HOUR, HALF))
    at = int(datetime.fromisoformat("2026-04-05T01:00Z").timestamp())

    assert slices_of_period(objective, at) == 13
    interval = interval_of(objective, at)
    assert interval.start == int(datetime.fromisoformat("2026-04-04T13:00Z").timestamp())


def test_the_mean_of_ratios_weighs_each_slice_the_same() -> None:
    objective = Objective(HALF, HOUR, Slices(60, None))
    counts = [Count(Fraction(60), 1, 100), Count(Fraction(120), 1, 1)]

    assert evaluated(objective, Seen(counts, 3600, 3600, 0)).measure.sli == Fraction(101, 200)


def test_a_calendar_budget_so_far_and_of_the_whole_period() -> None:
    window = CalendarWindow("1970-01-01", "UTC", 1, "d")
    counts = [Count(Fraction(100), 90, 100)]

    figures = evaluated(Objective(Fraction("0.9"), window), Seen(counts, 6 * HOUR, 6 * HOUR, 0))

    assert figures.so_far.consumed == 1
    assert figures.whole is not None
    assert figures.whole.allowed == 40
    assert figures.whole.consumed == Fraction(1, 4)


def test_a_busier_period_before_is_expected_again() -> None:
    window = CalendarWindow("1970-01-01", "UTC", 1, "d")
    counts = [Count(Fraction(100), 1000, 1000), Count(Fraction(DAY), 90, 100)]

    figures = evaluated(
        Objective(Fraction("0.9"), window), Seen(counts, DAY + 6 * HOUR, DAY + 6 * HOUR, 0)
    )

    assert figures.whole is not None
    assert figures.whole.allowed == 100
    assert figures.whole.consumed == Fraction(1, 10)


def test_each_version_allows_its_share_of_what_was_counted() -> None:
    counts = [Count(Fraction(0), 99, 100), Count(Fraction(1000), 290, 300)]
    versions = (Version(0, Fraction("0.9")), Version(500, Fraction("0.99")))
    objective = Objective(Fraction("0.99"), HOUR, versions=versions)

    found = evaluated(objective, Seen(counts, 3600, 3600, 0)).so_far

    assert found.allowed == 13
    assert found.consumed == Fraction(11, 13)


def looks(pattern: str) -> list[Look]:
    """One look a second: # holds, . does not, e is empty, s short unknown, ~ stale."""
    return [
        Look(at, one == "#", one == "e", one == "s", stale=one == "~")
        for at, one in enumerate(pattern)
    ]


@pytest.mark.parametrize(
    ("pattern", "alert_after", "keep", "expected"),
    [
        ("..##.", 0, 0, [(2, "pending"), (2, "firing"), (4, "resolved")]),
        (".##.##", 2, 0, [(1, "pending"), (3, "inactive"), (4, "pending")]),
        (".####", 2, 0, [(1, "pending"), (3, "firing")]),
        (".#~~###", 2, 0, [(1, "pending"), (6, "firing")]),
        ("#..#..~~..", 0, 2, [(0, "pending"), (0, "firing"), (9, "resolved")]),
        ("#sse", 0, 0, [(0, "pending"), (0, "firing"), (3, "resolved")]),
        (
            "#.#",
            0,
            0,
            [(0, "pending"), (0, "firing"), (1, "resolved"), (2, "pending"), (2, "firing")],
        ),
    ],
)
def test_the_state_machine(
    pattern: str, alert_after: int, keep: int, expected: list[tuple[int, str]]
) -> None:
    condition = Condition(HOUR, HALF, alert_after=alert_after, keep_firing_for=keep)

    found = run(condition, looks(pattern))

    assert [(one.at, one.state) for one in found] == expected


def test_an_alert_over_an_empty_window_ends_for_want_of_data() -> None:
    found = run(Condition(HOUR, HALF), looks("#e"))

    assert found[-1] == Transition(1, "resolved", "no_data")
