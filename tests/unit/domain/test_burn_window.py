"""Where the lookback windows of a promise begin."""

from datetime import UTC, datetime

import pytest

from shared.domain.burn_window import lookback_window
from shared.domain.slo import CalendarWindow
from shared.domain.window import DAY, MINUTE
from tests.unit.evaluator.build import sliced, slo

HOURLY = CalendarWindow(1, "h", "1h", "2025-12-31 23:45:00", "UTC")
AT = int(datetime(2025, 11, 29, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("length", "before"),
    [
        (MINUTE, 0),  # on the hour, as every window of more than three days
        (15 * MINUTE, 0),
        (20 * MINUTE, 60 * MINUTE),  # a slice begins at 11:45, in the hour from 11:00 on
    ],
)
def test_a_lookback_over_short_periods_begins_on_an_hour_and_on_a_slice(
    length: int, before: int
) -> None:
    promise = sliced(slo(window=HOURLY), length)
    window = lookback_window(promise, promise.objectives[0], 4 * DAY)
    assert window.bounds(AT) == (AT - 4 * DAY - before, AT)
