"""The figures of `docs/semantics.md` that are about budgets alone, by the formulas in use."""

from decimal import Decimal

import pytest

from shared.domain.budget import allowed_ratio, error_ratio, time_to_exhaustion
from shared.domain.window import DAY, HOUR, MINUTE

MONTH = 30 * DAY


@pytest.mark.parametrize(
    ("burn", "seconds"), [(1.0, MONTH), (10.0, 3 * DAY), (1_000.0, 43.2 * MINUTE)]
)
def test_a_whole_budget_lasts_the_window_divided_by_the_burn_rate(
    burn: float, seconds: float
) -> None:
    assert time_to_exhaustion(1.0, MONTH, burn) == pytest.approx(seconds, rel=1e-12)


def test_an_hour_spends_by_its_bad_events_and_not_by_its_length() -> None:
    allowed = allowed_ratio(Decimal("0.95"))
    spent = error_ratio(90_000 - 100, 90_000)
    assert spent is not None
    assert spent / allowed == pytest.approx(100 / 4_500, rel=1e-12)

    by_time = (100 / 120) / allowed * HOUR / MONTH
    assert by_time == pytest.approx(0.023148, abs=1e-6)
    assert spent / allowed != pytest.approx(by_time, rel=0.01)


@pytest.mark.parametrize(
    ("target", "minutes", "allowed"),
    [("0.95", 14 * DAY // MINUTE, 1_008.0), ("0.9995", 7 * DAY // MINUTE, 5.04)],
)
def test_a_budget_in_slices_is_the_share_that_may_be_bad(
    target: str, minutes: int, allowed: float
) -> None:
    assert allowed_ratio(Decimal(target)) * minutes == pytest.approx(allowed, rel=1e-12)
